// The ceremonies of passkeys (https://www.w3.org/TR/webauthn-3/), for the WebAssembly. `boot.js` loads this file when a page first
// needs it. Most functions take the JSON of a challenge, and return a list of texts, or the name of an error.
//
// Not with `toJSON`, `parseRequestOptionsFromJSON` or `getPublicKey`: password managers take the place of the browser, with objects
// in which these are missing or throw.
//
// Browsers keep this file for an hour: a function may be added, but what an older page calls must stay.

const fromBase64 = (text) =>
	Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));
const toBase64 = (buffer) =>
	btoa(String.fromCharCode(...new Uint8Array(buffer)))
		.replaceAll("+", "-")
		.replaceAll("/", "_")
		.replaceAll("=", "");
const withId = (object) => ({ ...object, id: fromBase64(object.id) });
const read = (options) => JSON.parse(options).publicKey;

// The present request: there is one at most.
let request = new AbortController();
export const cancel = () => request.abort();
const start = () => {
	cancel();
	return (request = new AbortController()).signal;
};

/** The texts of an answer, or the name of the error. An answer to a request that was canceled counts as none. */
const settle = async (signal, ceremony) => {
	try {
		const texts = await ceremony();
		return signal.aborted ? "AbortError" : texts;
	} catch (error) {
		return signal.aborted ? "AbortError" : String(error?.name ?? error);
	}
};

/** Makes a passkey: `[id, client_data, attestation_object, ...transports]`. */
export const create = (options) => {
	const signal = start();
	return settle(signal, async () => {
		const { challenge, user, excludeCredentials = [], ...rest } = read(options);
		const publicKey = {
			...rest,
			challenge: fromBase64(challenge),
			user: withId(user),
			excludeCredentials: excludeCredentials.map(withId),
		};
		const { rawId, response } = await navigator.credentials.create({ publicKey, signal });
		let transports = [];
		try {
			transports = response.getTransports();
		} catch {}
		return [toBase64(rawId), toBase64(response.clientDataJSON), toBase64(response.attestationObject), ...transports];
	});
};

// What the last answer was from.
let used;

/** Uses a passkey: `[id, client_data, authenticator_data, signature, user_handle]`. The last one may be empty. */
const use = (options, signal, mediation) =>
	settle(signal, async () => {
		const { challenge, allowCredentials = [], ...rest } = read(options);
		const publicKey = { ...rest, challenge: fromBase64(challenge), allowCredentials: allowCredentials.map(withId) };
		const { rawId, response } = await navigator.credentials.get({ publicKey, signal, mediation });
		used = { rpId: rest.rpId, credentialId: toBase64(rawId) };
		const { clientDataJSON, authenticatorData, signature, userHandle } = response;
		return [rawId, clientDataJSON, authenticatorData, signature, userHandle ?? []].map(toBase64);
	});
export const get = (options) => use(options, start());

/**
 * Offers the user's passkeys in the list that opens at a field for the email, for as long as the page is there. `Again`: a new
 * challenge is due, because this one gets old, or because the user returns to the field after a failure. Without a challenge,
 * waits for that.
 */
export const offer = (options) => {
	const signal = start();
	return new Promise((resolve) => {
		const again = () => resolve("Again");
		const timer = setTimeout(again, 8 * 60_000);
		signal.addEventListener("abort", () => {
			clearTimeout(timer);
			resolve("AbortError");
		});
		const onFailure = () => {
			const onReturn = ({ target }) => target.matches?.("[autocomplete~=webauthn]") && again();
			for (const event of ["focusin", "pointerdown"]) addEventListener(event, onReturn, { signal });
		};
		if (!options) return onFailure();
		use(options, signal, "conditional").then((answer) => (Array.isArray(answer) ? resolve(answer) : onFailure()));
	});
};

/** What this browser has of it: `conditional` requests, and signals to authenticators. */
export const features = async () => {
	const found = [];
	try {
		if (await PublicKeyCredential.isConditionalMediationAvailable()) found.push("conditional");
	} catch {}
	if ("signalAllAcceptedCredentials" in PublicKeyCredential) found.push("signals");
	return found;
};

const signal = async (name, details) => {
	try {
		await PublicKeyCredential[name](details);
	} catch {}
};

/** Makes authenticators forget the passkey that was used last, which the server does not have. */
export const forget = () => signal("signalUnknownCredential", used);

/** The authenticators show the passkeys that the account has, and its name: by the answer of `GET /api/account/passkeys`. */
export const sync = (answer) => {
	const { rp_id: rpId, user_handle: userId, credential_ids, name, display_name: displayName } = JSON.parse(answer);
	if (!userId) return;
	signal("signalAllAcceptedCredentials", { rpId, userId, allAcceptedCredentialIds: credential_ids });
	signal("signalCurrentUserDetails", { rpId, userId, name, displayName });
};
