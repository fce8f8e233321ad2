(js, wasm, messages, hasPasskeys) => {
	const root = document.documentElement;
	const find = (id) => document.getElementById(id);
	const show = (id) => find(id) && (find(id).hidden = false);
	const sleep = (time) => new Promise((resolve) => setTimeout(resolve, time));

	const fail = (id, error) => {
		if (error) console.error(error);
		show(id);
		if (document.querySelector("form:not([data-waits], [action])")) show("forms-work");
	};
	// Behind one balancer, the next server may be of another version and not have the file: it is requested again.
	// Not relative to the document, whose address may hold credentials. A fragment, because a browser requests a module that has
	// failed only under another URL.
	const retry = async (load, path) => {
		for (let attempt = 0; ; attempt++) {
			try {
				return await load(new URL(attempt ? `${path}#${attempt}` : path, location.origin).href);
			} catch (error) {
				// A file that was cut off does not compile either.
				if (attempt == (error instanceof WebAssembly.CompileError ? 2 : 8)) throw error;
				if (attempt == 2) fail("not-loaded", error);
				await sleep(2 ** attempt * 400 * (0.5 + Math.random()));
			}
		}
	};
	const fetchFile = async (url) => {
		const response = await fetch(url, { priority: "low", cache: url.includes("#") ? "reload" : "default" });
		if (!response.ok) throw Error(`${url}: ${response.status}`);
		return response;
	};
	const fetchText = async (url) => (await fetchFile(url)).text();
	const fetchWasm = async (url) => WebAssembly.compileStreaming(await fetchFile(url));

	// When the user last did something that taking over would disturb.
	let active = -Infinity;
	let isComposing = false;
	let isPressed = false;
	let isSubmitted = false;
	const note = () => (active = performance.now());
	const listeners = {
		keydown: note,
		input: note,
		paste: note,
		compositionstart: () => (isComposing = true),
		compositionend: () => (note(), (isComposing = false)),
		pointerdown: () => (note(), (isPressed = true)),
		pointerup: () => (note(), (isPressed = false)),
		pointercancel: () => (isPressed = false),
		// A form whose credentials only the WebAssembly can keep.
		submit(event) {
			if (!event.target.matches("[data-waits]")) return;
			event.preventDefault();
			isSubmitted = true;
			show("waiting");
		},
	};
	for (const name in listeners) addEventListener(name, listeners[name], true);
	const fields = (element) => [...element.querySelectorAll("form [name]")];
	const isSame = (one) => (other) =>
		other.tagName == one.tagName && other.id == one.id && (one.id || other.textContent == one.textContent);
	const isBusy = (page) => {
		const selection = getSelection();
		const autofilled = CSS.supports("selector(:autofill)") ? page.querySelectorAll("form :autofill") : [];
		return (
			isComposing ||
			isPressed ||
			performance.now() - active < 1000 ||
			(selection?.isCollapsed === false && page.contains(selection.anchorNode)) ||
			// A password manager's value is not readable before the user has touched the page.
			[...autofilled].some((field) => !field.value)
		);
	};

	const takeOver = async (bindings, catalog) => {
		let page;
		while ((page = find("app")) && !isSubmitted && isBusy(page)) await sleep(50);
		const next = document.createElement("div");
		next.id = "app";
		// From now on, its router handles clicks.
		bindings.mount(next, find("page-data")?.textContent ?? "", catalog);
		// Once at least: one long task would make the page unresponsive.
		do await sleep(0);
		while (!next.querySelector("h1") || isComposing || isPressed);

		const focused = document.activeElement;
		const { selectionStart: start, selectionEnd: end, selectionDirection: direction } = focused;
		const scroll = [scrollX, scrollY];
		const typed = page ? fields(page).filter((field) => field.value != field.defaultValue) : [];
		page ? page.replaceWith(next) : document.body.append(next);
		for (const name in listeners) removeEventListener(name, listeners[name], true);
		for (const { name, value } of typed) {
			const field = fields(next).find((field) => field.name == name);
			if (!field) continue;
			field.value = value;
			field.dispatchEvent(new Event("input", { bubbles: true }));
		}
		const focus = page?.contains(focused) && [...next.querySelectorAll(focused.tagName)].find(isSame(focused));
		if (focus) {
			focus.focus({ preventScroll: true });
			if (start != null) focus.setSelectionRange(start, end, direction);
		}
		scrollTo(...scroll);
		root.dataset.hydrated = true;
		for (const notice of find("boot-notice")?.children ?? []) notice.hidden = true;
		if (isSubmitted) next.querySelector("form[data-waits]")?.requestSubmit();
	};

	// Calls a function of `passkeys.js`. Only where both the server and the browser have passkeys.
	if (hasPasskeys && "PublicKeyCredential" in window) {
		window.passkeys = async (name, options) => (await import(new URL("/passkeys.js", location.origin)))[name](options);
	}

	if (typeof WebAssembly == "undefined") return fail("no-webassembly");
	// The WebAssembly must not delay the first frame. A page in the background has none.
	const painted = new Promise((resolve) => {
		if (document.hidden) return resolve();
		setTimeout(resolve, 1000);
		new PerformanceObserver(resolve).observe({ type: "paint", buffered: true });
	});
	const load = () => Promise.all([retry((url) => import(url), js), retry(fetchWasm, wasm), retry(fetchText, messages)]);
	painted.then(load).then(
		async ([bindings, module, catalog]) => {
			try {
				await bindings.default({ module_or_path: module });
				await sleep(0);
				await takeOver(bindings, catalog);
			} catch (error) {
				fail("not-started", error);
			}
		},
		(error) => fail("not-loaded", error),
	);
}
