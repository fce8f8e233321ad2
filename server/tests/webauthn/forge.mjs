// Makes forged.json: registrations and logins, good ones and forgeries. Each forgery is signed with the right key, so that only
// the check that it is about can catch it. Run it again after a change: node server/tests/webauthn/forge.mjs
import crypto from 'node:crypto';
import fs from 'node:fs';

const rpId = 'localhost';
const origin = 'http://localhost:3000';
const challenge = crypto.randomBytes(32);

const { concat } = Buffer;
const sha256 = (bytes) => crypto.createHash('sha256').update(bytes).digest();
const base64url = (bytes) => Buffer.from(bytes).toString('base64url');
const byte = (...values) => Buffer.from(values);

// CBOR (RFC 8949), in its canonical form unless a case says otherwise.
const head = (major, number) => {
    if (number < 24) return byte((major << 5) | number);
    if (number < 256) return byte((major << 5) | 24, number);
    return byte((major << 5) | 25, number >> 8, number & 255);
};
const int = (number) => (number < 0 ? head(1, -1 - number) : head(0, number));
const bin = (bytes) => concat([head(2, bytes.length), bytes]);
const text = (string) => concat([head(3, Buffer.byteLength(string)), Buffer.from(string)]);
const list = (...items) => concat([head(4, items.length), ...items]);
const map = (...entries) => concat([head(5, entries.length), ...entries.flat()]);
const nested = (depth) => (depth === 0 ? int(1) : list(nested(depth - 1)));

// Keys, with what signs for them.
const pair = (type, options) => crypto.generateKeyPairSync(type, options);
const jwk = (keys) => keys.publicKey.export({ format: 'jwk' });
const part = (keys, name) => Buffer.from(jwk(keys)[name], 'base64url');
const ec = pair('ec', { namedCurve: 'P-256' });
const otherEc = pair('ec', { namedCurve: 'P-256' });
const ed = pair('ed25519');
const rsa = pair('rsa', { modulusLength: 2048 });

const ecKey = (keys, x = part(keys, 'x'), y = part(keys, 'y')) =>
    map([int(1), int(2)], [int(3), int(-7)], [int(-1), int(1)], [int(-2), bin(x)], [int(-3), bin(y)]);
const edKey = (x) => map([int(1), int(1)], [int(3), int(-8)], [int(-1), int(6)], [int(-2), bin(x)]);
const rsaKey = (n, e = byte(1, 0, 1)) => map([int(1), int(3)], [int(3), int(-257)], [int(-1), bin(n)], [int(-2), bin(e)]);

const passkeys = {
    EdDSA: { cose: edKey(part(ed, 'x')), sign: (data) => crypto.sign(null, data, ed.privateKey) },
    ES256: { cose: ecKey(ec), sign: (data) => crypto.sign('sha256', data, ec.privateKey) },
    RS256: { cose: rsaKey(part(rsa, 'n')), sign: (data) => crypto.sign('sha256', data, rsa.privateKey) },
};
for (const passkey of Object.values(passkeys)) passkey.id = crypto.randomBytes(32);

// The parts of an answer.
const UP = 1, UV = 4, BE = 8, BS = 16, AT = 64, ED = 128;
const clientData = (type, changes = {}) =>
    Buffer.from(JSON.stringify({ type, challenge: base64url(challenge), origin, crossOrigin: false, ...changes }));
const authenticatorData = (flags, counter, tail = byte(), hash = sha256(rpId)) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(counter);
    return concat([hash, byte(flags), bytes, tail]);
};
const credential = (cose, id, length = id.length) => concat([Buffer.alloc(16, 7), byte(length >> 8, length & 255), id, cose]);
const attestationObject = (data, statement = map(), format = 'none') =>
    map([text('fmt'), text(format)], [text('attStmt'), statement], [text('authData'), bin(data)]);

const registrations = [];
const registration = (name, refused, changes = {}) => {
    const {
        algorithm = 'ES256', flags = UP | UV | BE | BS | AT, data = clientData('webauthn.create', changes.claims), hash,
        cose = passkeys[algorithm].cose, id = passkeys[algorithm].id, rawId = id, length, after = byte(), statement, format,
    } = changes;
    const tail = changes.tail ?? concat([credential(cose, id, length), after]);
    const object = changes.object ?? attestationObject(authenticatorData(flags, 0, tail, hash), statement, format);
    registrations.push({ name, refused, algorithm, id: base64url(rawId), client_data: base64url(data), attestation_object: base64url(object) });
};

const logins = [];
const login = (name, refused, changes = {}) => {
    const {
        algorithm = 'ES256', flags = UP | UV | BE | BS, counter = 5, data = clientData('webauthn.get', changes.claims), tail, hash,
    } = changes;
    const authenticator = authenticatorData(flags, counter, tail, hash);
    const signed = concat([authenticator, sha256(data)]);
    const signature = changes.signature?.(signed) ?? passkeys[algorithm].sign(signed);
    logins.push({
        name, refused, algorithm, client_data: base64url(data), authenticator_data: base64url(authenticator),
        signature: base64url(signature),
    });
};

// What both ceremonies refuse.
const duplicated = (type, member, value) =>
    Buffer.from(clientData(type).toString().replace('{', `{"${member}":${JSON.stringify(value)},`));
for (const [add, type, other, at] of [
    [registration, 'webauthn.create', 'webauthn.get', AT],
    [login, 'webauthn.get', 'webauthn.create', 0],
]) {
    for (const algorithm of Object.keys(passkeys)) add(`good, ${algorithm}`, null, { algorithm });
    add('good, bound to a device', null, { flags: UP | UV | at });
    add('type of the other ceremony', 'Type', { data: clientData(other) });
    add('another challenge', 'Challenge', { claims: { challenge: base64url(crypto.randomBytes(32)) } });
    add('challenge with padding', 'Challenge', { claims: { challenge: base64url(challenge) + '=' } });
    add('challenge in base64 of the other alphabet', 'Challenge', { claims: { challenge: `+/${base64url(challenge).slice(2)}` } });
    add('no challenge', 'ClientData', { claims: { challenge: undefined } });
    add('origin with another port', 'Origin', { claims: { origin: 'http://localhost:3001' } });
    add('origin with another scheme', 'Origin', { claims: { origin: 'https://localhost:3000' } });
    add('origin with a suffix', 'Origin', { claims: { origin: `${origin}.evil.test` } });
    add('origin of a subdomain', 'Origin', { claims: { origin: 'http://evil.localhost:3000' } });
    add('origin with a slash', 'Origin', { claims: { origin: `${origin}/` } });
    add('origin in capitals', 'Origin', { claims: { origin: origin.toUpperCase() } });
    add('crossOrigin is true', 'CrossOrigin', { claims: { crossOrigin: true } });
    add('crossOrigin is a text', 'ClientData', { claims: { crossOrigin: 'false' } });
    add('topOrigin', 'CrossOrigin', { claims: { topOrigin: 'https://evil.test' } });
    add('topOrigin is null', 'CrossOrigin', { claims: { topOrigin: null } });
    add('type twice', 'ClientData', { data: duplicated(type, 'type', other) });
    add('challenge twice', 'ClientData', { data: duplicated(type, 'challenge', base64url(crypto.randomBytes(32))) });
    add('origin twice', 'ClientData', { data: duplicated(type, 'origin', 'https://evil.test') });
    add('client data with bytes after it', 'ClientData', { data: concat([clientData(type), Buffer.from('{}')]) });
    add('client data is a list', 'ClientData', { data: Buffer.from(JSON.stringify([type, base64url(challenge), origin])) });
    add('client data of 5,000 bytes', 'TooLong', { claims: { filler: 'x'.repeat(5000) } });
    add('hash of another host', 'RpIdHash', { hash: sha256('evil.test') });
    add('user not present', 'UserPresence', { flags: UV | BE | BS | at });
    add('user not verified', 'UserVerification', { flags: UP | BE | BS | at });
    add('backed up, but not eligible', 'BackupState', { flags: UP | UV | BS | at });
    add('extensions announced, but missing', 'AuthenticatorData', { flags: UP | UV | ED | at });
    add('good, with extensions', null, {
        flags: UP | UV | ED | at,
        ...(at ? { after: map([text('credProtect'), int(2)]) } : { tail: map([text('uvm'), list(list(int(2), int(4), int(2)))]) }),
    });
    const extensions = (value) => (at ? { after: value } : { tail: value });
    add('extensions that are no map', 'AuthenticatorData', { flags: UP | UV | ED | at, ...extensions(list()) });
    add('extensions with a member twice', 'AuthenticatorData', {
        flags: UP | UV | ED | at, ...extensions(map([text('x'), int(1)], [text('x'), int(2)])),
    });
    add('extensions with bytes after them', 'AuthenticatorData', { flags: UP | UV | ED | at, ...extensions(concat([map(), byte(0)])) });
    add('bytes after the authenticator data', 'AuthenticatorData', extensions(byte(9, 9)));
}

// Registrations.
const key = (cose) => ({ cose });
const [x, y] = [part(ec, 'x'), part(ec, 'y')];
const n = part(rsa, 'n');
registration('good, with an attestation, which is not judged', null, {
    format: 'packed', statement: map([text('alg'), int(-7)], [text('sig'), bin(byte(1, 2, 3))]),
});
registration('good, ID of 1,023 bytes', null, { id: crypto.randomBytes(1023) });
registration('good, RSA of 4,096 bits', null, key(rsaKey(part(pair('rsa', { modulusLength: 4096 }), 'n'))));
registration('good, object in the order of earlier versions of Firefox', null, {
    object: map([text('authData'), bin(authenticatorData(UP | UV | BE | BS | AT, 0, credential(passkeys.ES256.cose, passkeys.ES256.id)))],
        [text('fmt'), text('none')], [text('attStmt'), map()]),
});
registration('good, extensions in the order of earlier versions of Solo', null, {
    flags: UP | UV | AT | ED, after: map([text('hmac-secret'), byte(0xf5)], [text('credProtect'), int(1)]),
});
registration('no passkey in it', 'AuthenticatorData', { flags: UP | UV, tail: byte() });
registration('passkey announced, but missing', 'AuthenticatorData', { tail: byte() });
registration('passkey, but not announced', 'AuthenticatorData', { flags: UP | UV });
registration('format none with a statement', 'AttestationStatement', { statement: map([text('sig'), bin(byte(1))]) });
registration('format none with a list as statement', 'AttestationStatement', { statement: list() });
registration('algorithm that was not offered: ES384', 'Algorithm', key(
    map([int(1), int(2)], [int(3), int(-35)], [int(-1), int(2)], ...[-2, -3].map((label, index) =>
        [int(label), bin(part(pair('ec', { namedCurve: 'P-384' }), 'xy'[index]))]))));
registration('algorithm that was not offered: ES256K', 'Algorithm', key(
    map([int(1), int(2)], [int(3), int(-47)], [int(-1), int(8)], [int(-2), bin(x)], [int(-3), bin(y)])));
registration('algorithm that was not offered: RS1', 'Algorithm', key(
    map([int(1), int(3)], [int(3), int(-65535)], [int(-1), bin(n)], [int(-2), bin(byte(1, 0, 1))])));
registration('algorithm of another type of key', 'PublicKey', key(
    map([int(1), int(2)], [int(3), int(-8)], [int(-1), int(1)], [int(-2), bin(x)], [int(-3), bin(y)])));
registration('key without an algorithm', 'PublicKey', key(map([int(1), int(2)], [int(-1), int(1)], [int(-2), bin(x)], [int(-3), bin(y)])));
registration('key of another curve', 'PublicKey', key(
    map([int(1), int(2)], [int(3), int(-7)], [int(-1), int(2)], [int(-2), bin(x)], [int(-3), bin(y)])));
registration('point that is not on the curve', 'PublicKey', key(ecKey(ec, Buffer.alloc(32, 5), Buffer.alloc(32, 6))));
registration('point at infinity', 'PublicKey', key(ecKey(ec, Buffer.alloc(32), Buffer.alloc(32))));
registration('point with one bit changed', 'PublicKey', key(ecKey(ec, x, concat([y.subarray(0, 31), byte(y[31] ^ 1)]))));
registration('compressed point', 'PublicKey', key(
    map([int(1), int(2)], [int(3), int(-7)], [int(-1), int(1)], [int(-2), bin(x)], [int(-3), byte(0xf5)])));
registration('coordinate of 33 bytes', 'PublicKey', key(ecKey(ec, concat([byte(0), x]), y)));
registration('Ed25519 key of 31 bytes', 'PublicKey', key(edKey(part(ed, 'x').subarray(1))));
registration('good, Ed25519 key that is no point, which verifies nothing', null, key(edKey(Buffer.alloc(32, 2))));
registration('RSA of 1,024 bits', 'PublicKey', key(rsaKey(part(pair('rsa', { modulusLength: 1024 }), 'n'))));
registration('RSA of 2,040 bits', 'PublicKey', key(rsaKey(part(pair('rsa', { modulusLength: 2040 }), 'n'))));
registration('RSA of 4,104 bits', 'PublicKey', key(rsaKey(part(pair('rsa', { modulusLength: 4104 }), 'n'))));
registration('RSA modulus with a leading zero', 'PublicKey', key(rsaKey(concat([byte(0), n]))));
registration('RSA modulus that is even', 'PublicKey', key(rsaKey(concat([n.subarray(0, 255), byte(n[255] ^ 1)]))));
registration('RSA with the exponent 1', 'PublicKey', key(rsaKey(n, byte(1))));
registration('RSA with the exponent 3', 'PublicKey', key(rsaKey(n, byte(3))));
registration('RSA with an even exponent', 'PublicKey', key(rsaKey(n, byte(1, 0, 2))));
registration('RSA with an exponent of 33 bits', 'PublicKey', key(rsaKey(n, byte(1, 0, 0, 0, 1))));
registration('RSA exponent with a leading zero', 'PublicKey', key(rsaKey(n, byte(0, 1, 0, 1))));
registration('key with another member', 'PublicKey', key(
    map([int(1), int(2)], [int(3), int(-7)], [int(-1), int(1)], [int(-2), bin(x)], [int(-3), bin(y)], [int(-4), bin(x)])));
registration('key with a member twice', 'PublicKey', key(
    map([int(1), int(2)], [int(3), int(-7)], [int(-1), int(1)], [int(-2), bin(x)], [int(-2), bin(x)], [int(-3), bin(y)])));
registration('key with its members in another order', 'PublicKey', key(
    map([int(3), int(-7)], [int(1), int(2)], [int(-1), int(1)], [int(-2), bin(x)], [int(-3), bin(y)])));
registration('key of indefinite length', 'PublicKey', key(concat([byte(0xbf), ecKey(ec).subarray(1), byte(0xff)])));
registration('key with a number in a longer form', 'PublicKey', key(concat([byte(0xa5, 1, 0x18, 2), ecKey(ec).subarray(3)])));
registration('key with a coordinate in pieces', 'PublicKey', key(concat([
    ecKey(ec).subarray(0, 8), byte(0x5f), bin(x.subarray(0, 16)), bin(x.subarray(16)), byte(0xff), int(-3), bin(y)])));
registration('key in a text', 'PublicKey', key(text('the public key')));
registration('ID of 1,024 bytes', 'CredentialId', { id: crypto.randomBytes(1024) });
registration('ID of no bytes', 'CredentialId', { id: byte() });
registration('ID that is not that of the answer', 'CredentialId', { rawId: crypto.randomBytes(32) });
registration('ID longer than the data', 'AuthenticatorData', { length: 5000 });

const data = authenticatorData(UP | UV | BE | BS | AT, 0, credential(passkeys.ES256.cose, passkeys.ES256.id));
const foreign = authenticatorData(UP | UV | BE | BS | AT, 0, credential(ecKey(otherEc), passkeys.ES256.id));
const object = (object) => ({ object });
const [fmt, attStmt, authData] = [[text('fmt'), text('none')], [text('attStmt'), map()], [text('authData'), bin(data)]];
registration('object with bytes after it', 'AttestationObject', object(concat([attestationObject(data), byte(0)])));
registration('object that is cut off', 'AttestationObject', object(attestationObject(data).subarray(0, -1)));
registration('object of indefinite length', 'AttestationObject', object(concat([byte(0xbf), ...fmt, ...attStmt, ...authData, byte(0xff)])));
registration('object with authData twice', 'AttestationObject', object(map(fmt, attStmt, [text('authData'), bin(foreign)], authData)));
registration('object with fmt twice', 'AttestationObject', object(map([text('fmt'), text('packed')], fmt, attStmt, authData)));
registration('object in a tag', 'AttestationObject', object(concat([byte(0xc1), attestationObject(data)])));
registration('object in a list', 'AttestationObject', object(list(attestationObject(data))));
registration('object without a statement', 'AttestationObject', object(map(fmt, authData)));
registration('object without a format', 'AttestationObject', object(map(attStmt, authData)));
registration('object with authData as text', 'AttestationObject', object(map(fmt, attStmt, [text('authData'), text('x'.repeat(164))])));
registration('object with a format that is not UTF-8', 'AttestationObject', object(map([text('fmt'), byte(0x62, 0xc3, 0x28)], attStmt, authData)));
registration('object with a length in a longer form', 'AttestationObject', object(map(fmt, attStmt,
    [text('authData'), concat([byte(0x59, 0, data.length), data])])));
registration('statement 7 levels deep', 'AttestationObject', object(map([text('fmt'), text('packed')], [text('attStmt'), nested(7)], authData)));
registration('statement 60,000 levels deep', 'AttestationObject', object(map([text('fmt'), text('packed')],
    [text('attStmt'), concat([Buffer.alloc(60_000, 0x81), int(1)])], authData)));
registration('statement of a billion members', 'AttestationObject', object(map([text('fmt'), text('packed')],
    [text('attStmt'), byte(0xba, 0x3b, 0x9a, 0xca, 0)], authData)));
registration('statement with a float', 'AttestationObject', object(map([text('fmt'), text('packed')],
    [text('attStmt'), map([text('x'), byte(0xfb, 0, 0, 0, 0, 0, 0, 0, 0)])], authData)));
registration('statement with undefined', 'AttestationObject', object(map([text('fmt'), text('packed')],
    [text('attStmt'), map([text('x'), byte(0xf7)])], authData)));
registration('object that is empty', 'AttestationObject', object(byte()));

// Logins. The counter, and a change of the flag "backup eligible", are signals and not errors.
login('good, counter 0', null, { counter: 0 });
login('good, counter lower than before', null, { counter: 1 });
login('good, not eligible for backup any more', null, { flags: UP | UV });
login('passkey announced, but missing', 'AuthenticatorData', { flags: UP | UV | AT });
login('passkey with bytes after it', 'AuthenticatorData', {
    flags: UP | UV | AT, tail: concat([credential(passkeys.ES256.cose, passkeys.ES256.id), byte(0)]),
});
login('signature of other authenticator data', 'Signature', {
    signature: () => passkeys.ES256.sign(concat([authenticatorData(UP | UV, 9), sha256(clientData('webauthn.get'))])),
});
login('signature of other client data', 'Signature', {
    signature: (signed) => passkeys.ES256.sign(concat([signed.subarray(0, 37), sha256(clientData('webauthn.get', { origin: 'https://evil.test' }))])),
});
login('signature without the client data', 'Signature', { signature: (signed) => passkeys.ES256.sign(signed.subarray(0, 37)) });
login('signature by another key', 'Signature', { signature: (signed) => crypto.sign('sha256', signed, otherEc.privateKey) });
login('signature by a key of another algorithm', 'Signature', { signature: passkeys.EdDSA.sign });
login('no signature', 'Signature', { signature: () => byte() });
login('signature with bytes after it', 'Signature', { signature: (signed) => concat([passkeys.ES256.sign(signed), byte(0)]) });
login('signature in the form of JOSE', 'Signature', {
    signature: (signed) => crypto.sign('sha256', signed, { key: ec.privateKey, dsaEncoding: 'ieee-p1363' }),
});
login('signature of zeros', 'Signature', { signature: () => byte(0x30, 6, 2, 1, 0, 2, 1, 0) });
login('signature with SHA-512', 'Signature', { signature: (signed) => crypto.sign('sha512', signed, ec.privateKey) });
login('signature of the hash, EdDSA', 'Signature', {
    algorithm: 'EdDSA', signature: (signed) => crypto.sign(null, sha256(signed), ed.privateKey),
});
login('signature of zeros, EdDSA', 'Signature', { algorithm: 'EdDSA', signature: () => Buffer.alloc(64) });
login('signature with SHA-1, RSA', 'Signature', { algorithm: 'RS256', signature: (signed) => crypto.sign('sha1', signed, rsa.privateKey) });
login('signature with PSS, RSA', 'Signature', {
    algorithm: 'RS256',
    signature: (signed) => crypto.sign('sha256', signed, { key: rsa.privateKey, padding: crypto.constants.RSA_PKCS1_PSS_PADDING }),
});
login('signature of 513 bytes, RSA', 'TooLong', {
    algorithm: 'RS256', signature: (signed) => concat([Buffer.alloc(257), passkeys.RS256.sign(signed)]),
});

const keys = Object.fromEntries(Object.entries(passkeys).map(([name, { cose, id }]) =>
    [name, { id: base64url(id), public_key: cose.toString('hex') }]));
const lines = (cases) => cases.map((one) => JSON.stringify(one)).join(',\n');
fs.writeFileSync(new URL('forged.json', import.meta.url), `{
"origin": "${origin}", "rp_id": "${rpId}", "challenge": "${base64url(challenge)}",
"keys": ${JSON.stringify(keys)},
"registrations": [
${lines(registrations)}
],
"logins": [
${lines(logins)}
]
}
`);
console.log(`${registrations.length} registrations, ${logins.length} logins`);
