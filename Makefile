# Short names for commands:
#   make run      build for release, serve on http://localhost:3000
#   make watch    build for development, rebuild and reload on changes, with the inspector
#   make chain    Doorward with two services behind it, to try with curl
#   make test     everything that CI runs: lint, unit, recipes, e2e, packages
#   make bench    measurements, as tables
#   make screenshots  the pictures of the documentation, from the real program
#   make judges   who accepts which forged passkey: Doorward and three other libraries, as a table
#   make drills   what hostile clients cost the server, as a table
#   make dist     archives, Debian packages and the context of a container image, in target/dist
# Each installs what it needs and the machine lacks: into $TOOLS_DIR, into end2end/node_modules, or as a Debian package.

export CARGO_TARGET_DIR ?= $(CURDIR)/target
export TOOLS_DIR ?= $(CURDIR)/.tools
export PATH := $(CURDIR)/.ci/bin:$(TOOLS_DIR)/bin:$(CURDIR)/end2end/node_modules/.bin:$(PATH)

# The two halves of the workspace. Never build both at once: Cargo would enable the features of both in the shared crates.
native := -p app -p doorward -p doorward-api -p doorward-verify -p server -p test-macros \
	--features app/ssr,doorward-verify/testing,server/inspector
browser := -p app -p doorward -p frontend --features app/csr,frontend/inspector --target wasm32-unknown-unknown

# What runs on a Postgres without what distributed engines lack: tests of transactions that run at the same time.
distributed := concurrency:: crash_recovery:: session_revocation:: password_change:: key_rotation:: key_commands:: user_administration:: \
	revocation_sync:: session_expiry:: idle_timeout:: last_used:: login:: logout:: registration:: session_limit:: upgrades:: --skip sqlite --skip notification

.PHONY: run watch chain test lint unit recipes e2e packages bench screenshots drills judges dist inspector release tools
.NOTPARALLEL:

run:
	@[ -x $(CARGO_TARGET_DIR)/release/doorward ] || echo 'The first build takes 10 to 20 minutes on two cores, later ones seconds to minutes.'
	@echo '[1/3] Tools'
	@.ci/tools build
	@echo '[2/3] The interface as WebAssembly, then the server with it inside'
	@$(MAKE) --no-print-directory release
	@echo '[3/3] Doorward, on http://localhost:3000 unless set otherwise'
	@DOORWARD_DEMO=$${DOORWARD_DEMO:-true} $(CARGO_TARGET_DIR)/release/doorward

watch:
	.ci/tools build
	DOORWARD_DEMO=$${DOORWARD_DEMO:-true} DOORWARD_INSPECTOR=$${DOORWARD_INSPECTOR:-true} cargo leptos watch --features inspector

chain:
	server/verify/examples/chain

test: lint unit recipes e2e packages

lint:
	.ci/tools lint
	cargo fmt --check
	cargo clippy $(native) --all-targets -- -D warnings
	cargo clippy -p server --test recipes -- -D warnings
	cargo clippy $(browser) --all-targets -- -D warnings
	# As in releases, without the inspector.
	cargo clippy -p frontend --target wasm32-unknown-unknown -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --no-deps $(native)
	cargo deny check -D warnings bans licenses sources
	@if cargo deny fetch db 2>/dev/null; then cargo deny check advisories; \
		else echo 'Advisories were NOT checked: the advisory database is unreachable.'; fi
	cargo machete
	typos

unit:
	.ci/tools postgres pgbouncer valkey webdriver faketime oathtool textbrowser
	# On SQLite with the whole log, then everything else.
	.ci/suite-log $(native)
	.ci/postgres cargo test $(native) -- --skip ::sqlite
	# As on distributed engines: what writes at the same time.
	.ci/postgres --distributed cargo test $(native) --test it -- $(distributed)
	cargo test -p doorward --lib --features csr,inspector --target wasm32-unknown-unknown

# Verification of access tokens in services: Rust, Node, Python, PHP and nginx. And whether the API is as it is described.
recipes:
	.ci/tools recipes api valkey
	cargo test -p server --test recipes
	server/tests/api/check --max-examples 25
	server/verify/examples/chain server/verify/examples/walkthrough

# The tests of the inspector run on a build that has it, all others on the release.
e2e:
	.ci/tools build chromium firefox postgres
	$(MAKE) inspector release
	.ci/postgres npm test --prefix end2end

# Packs the release for this machine, and starts what is packed as operators do.
packages: release
	.ci/tools packages
	server/dist/build
	server/dist/check

dist: release
	.ci/tools dist
	server/dist/build x86_64 aarch64

bench: release
	.ci/tools postgres valkey
	.ci/postgres cargo bench -p server
	cargo bench -p doorward-verify
	cargo test -p doorward --release --features measure --lib -- measure --nocapture

screenshots: inspector release
	.ci/tools chromium fonts
	npm run screenshots --prefix end2end

# Not in `make test`, which compares our own verdicts.
judges:
	.ci/tools judges
	server/tests/webauthn/judges

# Clients that read nothing, send half of what they announced, or open more than they use.
drills: release
	cargo test -p server --release --test drills

inspector:
	.ci/tools build
	cargo leptos build --release --features inspector
	cp $(CARGO_TARGET_DIR)/release/doorward $(CARGO_TARGET_DIR)/release/doorward-inspector

# What browsers download names neither directories of the build machine nor versions of dependencies.
release:
	.ci/tools build
	CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="$$(.ci/source-paths)" cargo leptos build --release --precompress
	@if grep -lF -e '/registry/src/' -e '$(CURDIR)/' target/site/pkg/*.wasm; then echo 'contains paths of this machine' >&2; exit 1; fi

tools:
	.ci/tools build lint postgres valkey chromium firefox webdriver recipes packages
