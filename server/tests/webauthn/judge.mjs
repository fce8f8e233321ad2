// Puts forged.json to SimpleWebAuthn: node judge.mjs forged.json
import fs from 'node:fs';
import { verifyAuthenticationResponse, verifyRegistrationResponse } from '@simplewebauthn/server';

const list = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const expected = {
    expectedChallenge: list.challenge, expectedOrigin: list.origin, expectedRPID: list.rp_id, requireUserVerification: true,
};
const answer = (id, response) => ({ id, rawId: id, type: 'public-key', clientExtensionResults: {}, response });

const verdict = async (ceremony, name, verify) => {
    const accepted = await verify().then(({ verified }) => verified, () => false);
    console.log([ceremony, name, accepted ? 'accepted' : 'refused'].join('\t'));
};
for (const { name, id, client_data, attestation_object } of list.registrations) {
    const response = answer(id, { clientDataJSON: client_data, attestationObject: attestation_object, transports: [] });
    await verdict('registration', name, async () =>
        verifyRegistrationResponse({ response, ...expected, supportedAlgorithmIDs: [-8, -7, -257] }));
}
for (const { name, algorithm, client_data, authenticator_data, signature } of list.logins) {
    const key = list.keys[algorithm];
    const response = answer(key.id, { clientDataJSON: client_data, authenticatorData: authenticator_data, signature });
    const credential = { id: key.id, publicKey: new Uint8Array(Buffer.from(key.public_key, 'hex')), counter: 3, transports: [] };
    await verdict('login', name, async () => verifyAuthenticationResponse({ response, ...expected, credential }));
}
