//! Settings that remove a protection or cannot work as they are: allowed, but the operator is warned at every start and by
//! `config check`.

use std::{net::IpAddr, path::PathBuf, time::Duration};

use app::RegistrationMode;
use ipnet::IpNet;
use tracing::Level;
use tracing_subscriber::filter::Targets;

use super::{Config, MailTransport, OrOff, brand_files::blocked_reference};
use crate::{keys::master_secret::MasterSecret, model::database_url::DatabaseUrl, private_files};

/// OWASP's minimums, in KiB and iterations: 46 MiB with one iteration, 19 MiB with two or 12 MiB with three.
const ARGON2_MINIMUMS: [(u32, u32); 3] = [(47_104, 1), (19_456, 2), (12_288, 3)];

/// Where most of our log lines come from.
const OWN_TARGET: &str = "server::http";

/// The most failures in a row that NIST SP 800-63B (section 3.2.2) allows for one account.
const MAX_ATTEMPTS: u32 = 100;

/// Ten times the default.
const MAX_ATTEMPTS_PER_HOUR: u64 = 400;

const MIN_PASSWORD_LENGTH: usize = 15;

const MAX_LIFETIME: Duration = Duration::from_hours(30 * 24);

/// Attacks are often noticed days later.
const MIN_EVENTS_KEPT: Duration = Duration::from_hours(7 * 24);

impl Config {
    /// One line for each of these settings, which begins with its key.
    pub fn warnings(&self) -> Vec<String> {
        let warnings = [
            self.guessable_secret(),
            self.plain_http(),
            self.impossible_passkeys(),
            self.weak_hashing(),
            self.weak_rate_limit(),
            self.reachable_inspector(),
            self.missing_inspector(),
            self.short_passwords(),
            self.unproved_addresses(),
            self.long_sessions(),
            self.endless_idling(),
            self.short_audit_log(),
            self.one_address_for_all(),
            self.unverified_database(),
            self.public_metrics(),
            self.readable_session_cache(),
            self.silent_log(),
            self.unsent_mails(),
            self.incomplete_theme(),
        ];
        let lists = self.trusted_proxies.iter().filter_map(too_wide).chain(self.open_directories());
        let lists = lists.chain(self.unreadable_accents()).chain(self.blocked_networks.iter().filter_map(blocks_all));
        self.file_warnings.iter().cloned().chain(lists).chain(warnings.into_iter().flatten()).collect()
    }

    fn guessable_secret(&self) -> Option<String> {
        // A file that cannot be read stops the start.
        let secret = self.secret.clone().or_else(|| MasterSecret::load(&self.secret_file()).ok().flatten())?;
        secret.is_guessable().then(|| {
            "secret: can be guessed, and with it any user can be impersonated; generate one with `openssl rand -hex 32`".into()
        })
    }

    fn plain_http(&self) -> Option<String> {
        let url = self.public_url.as_deref().filter(|url| url.starts_with("http:"))?;
        (!self.is_loopback()).then(|| {
            format!("public_url: {url} is not encrypted: browsers keep no cookie of ours there, and passwords can be read on the way; use https")
        })
    }

    fn impossible_passkeys(&self) -> Option<String> {
        let url = self.public_url_or_default();
        (self.passkeys && self.relying_party(&url).is_none()).then(|| {
            format!(
                "passkeys: there are none at {url}, because browsers have them at https addresses with a host name, and on \
                 localhost; change `public_url`, or set `passkeys` to `false`"
            )
        })
    }

    fn weak_hashing(&self) -> Option<String> {
        let (memory, iterations) = (self.argon2_memory_kib, self.argon2_iterations);
        let is_enough = ARGON2_MINIMUMS.iter().any(|minimum| memory >= minimum.0 && iterations >= minimum.1);
        (!is_enough).then(|| {
            format!("argon2_memory_kib: {memory} with argon2_iterations = {iterations} is below OWASP's minimum, such as 19456 with 2")
        })
    }

    fn weak_rate_limit(&self) -> Option<String> {
        match self.login_attempts {
            OrOff::Off => Some("login_attempts: is off, so passwords can be guessed as fast as they are hashed".into()),
            OrOff::On(limit) if limit.attempts.get() > MAX_ATTEMPTS => Some(format!(
                "login_attempts: allows {} failures in a row; NIST SP 800-63B allows {MAX_ATTEMPTS}",
                limit.attempts
            )),
            OrOff::On(limit) => {
                let per_hour = u64::from(limit.attempts.get()) * 3600 / limit.window.as_secs().max(1);
                (per_hour > MAX_ATTEMPTS_PER_HOUR).then(|| {
                    format!("login_attempts: allows {per_hour} failures an hour for each account, enough to try common passwords")
                })
            }
        }
    }

    fn readable_session_cache(&self) -> Option<String> {
        let url = self.session_cache.as_ref().filter(|url| url.is_readable_on_the_way())?;
        let what = if url.has_password() { "its password" } else { "which sessions are in use" };
        Some(format!(
            "session_cache: {} is not encrypted: {what} can be read on the way; use `valkeys://`",
            url.address()
        ))
    }

    fn short_passwords(&self) -> Option<String> {
        (self.password_min_length < MIN_PASSWORD_LENGTH).then(|| {
            format!(
                "password_min_length: {} is below {MIN_PASSWORD_LENGTH}, the minimum of NIST SP 800-63B where a password is the only factor",
                self.password_min_length
            )
        })
    }

    fn unproved_addresses(&self) -> Option<String> {
        (self.mail == MailTransport::Off && self.registration == RegistrationMode::Open).then(|| {
            "mail: is off, so registrations prove no address and show which addresses have an account; send mail, or set \
             `registration` to `invite` or `closed`"
                .into()
        })
    }

    fn long_sessions(&self) -> Option<String> {
        let lifetime = self.session_lifetime.filter(|lifetime| *lifetime > MAX_LIFETIME)?;
        let lifetime = humantime::format_duration(lifetime);
        Some(format!(
            "session_lifetime: {lifetime} is more than 30 days, after which NIST SP 800-63B requires a new login"
        ))
    }

    fn endless_idling(&self) -> Option<String> {
        let is_long = self.session_lifetime.is_some_and(|lifetime| lifetime > MAX_LIFETIME);
        (is_long && matches!(self.session_idle, Some(OrOff::Off))).then(|| {
            "session_idle: is off, so a session that its user has forgotten lasts as long as `session_lifetime`".into()
        })
    }

    fn short_audit_log(&self) -> Option<String> {
        (self.events_kept < MIN_EVENTS_KEPT).then(|| {
            let kept = humantime::format_duration(self.events_kept);
            format!("events_kept: after {kept} the traces of an attack are deleted, possibly before the attack is noticed; keep them for weeks")
        })
    }

    fn one_address_for_all(&self) -> Option<String> {
        (self.max_connections_per_address > self.max_connections / 2).then(|| {
            format!(
                "max_connections_per_address: {} lets one client take most of the {} connections",
                self.max_connections_per_address, self.max_connections
            )
        })
    }

    /// Directories in which others could put a file that the server trusts, or delete one.
    fn open_directories(&self) -> Vec<String> {
        let database = match self.database() {
            DatabaseUrl::Sqlite(path) => Some(("database_url", private_files::directory_of(&path).to_owned())),
            DatabaseUrl::Postgres(_) => None,
        };
        let data_dir = self.uses_data_dir().then(|| ("data_dir", self.data_dir.clone()));
        let database =
            database.filter(|(_, directory)| data_dir.as_ref().is_none_or(|(_, data_dir)| data_dir != directory));
        let warning = |(key, directory): (&str, PathBuf)| {
            let mode = private_files::is_open(&directory)?;
            let directory = directory.display();
            Some(format!(
                "{key}: every user of this machine can put files into {directory} (mode {mode:04o}); run `chmod o-w` on it"
            ))
        };
        data_dir.into_iter().chain(database).filter_map(warning).collect()
    }

    /// `public_url` is a loopback address then, else the inspector is refused.
    fn reachable_inspector(&self) -> Option<String> {
        (self.inspector && !self.listen.ip().is_loopback())
            .then(|| format!("inspector: is on, and {} accepts connections from other machines", self.listen))
    }

    fn missing_inspector(&self) -> Option<String> {
        (self.inspector && !cfg!(feature = "inspector"))
            .then(|| "inspector: is on, and this build has none; build one with the feature `inspector`".into())
    }

    fn unverified_database(&self) -> Option<String> {
        let DatabaseUrl::Postgres(url) = self.database() else { return None };
        let mode = url.unverified_ssl_mode().filter(|_| url.is_remote())?;
        Some(format!(
            "database_url: with `sslmode={mode}`, the server of the database is not verified, and password hashes and sessions can be read on the way; use `verify-full`"
        ))
    }

    fn public_metrics(&self) -> Option<String> {
        let address = self.metrics_listen.filter(|address| !is_private(address.ip()))?;
        Some(format!(
            "metrics_listen: {address} accepts connections from other networks, and metrics need no credential; choose a private address, or keep others out with a firewall"
        ))
    }

    fn incomplete_theme(&self) -> Option<String> {
        let blocked = blocked_reference(self.theme.as_ref()?)?;
        Some(format!(
            "theme: refers to `{blocked:.60}`, which pages do not load: they load images and fonts from their own origin only"
        ))
    }

    fn silent_log(&self) -> Option<String> {
        // What holds for single spans can only add to the rest.
        let directives = self.log.split(',').map(str::trim).filter(|directive| !directive.contains('['));
        let filter: Targets = directives.collect::<Vec<_>>().join(",").parse().ok()?;
        (!filter.would_enable(OWN_TARGET, &Level::ERROR))
            .then(|| format!("log: `{}` leaves out our errors, so failures and attacks leave no trace", self.log))
    }
}

fn blocks_all(network: &IpNet) -> Option<String> {
    (network.prefix_len() == 0).then(|| format!("blocked_networks: {network} refuses every request"))
}

/// Whether other networks cannot reach the address. All addresses of this machine at once may include a public one.
fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

/// A network of private addresses may be as wide as it is; of the others, no operator runs so many proxies.
fn too_wide(network: &IpNet) -> Option<String> {
    let (min_prefix, is_private) = match network.network() {
        IpAddr::V4(address) => (8, address.is_private() && network.prefix_len() >= 8),
        IpAddr::V6(address) => (16, address.is_unique_local()),
    };
    let is_mapped_v4 = "::ffff:0:0/96".parse().is_ok_and(|mapped: IpNet| network.contains(&mapped));
    let is_too_wide = is_mapped_v4 || (network.prefix_len() <= min_prefix && !is_private);
    is_too_wide.then(|| {
        format!("trusted_proxies: {network} lets clients there choose the address that they are limited and recorded by; name the proxies alone")
    })
}
