"""Puts forged.json to py_webauthn and python-fido2, and prints where one of the judges differs from Doorward:

    judge.py forged.json doorward.tsv simplewebauthn.tsv
"""

import base64
import json
import pathlib
import sys

import webauthn
from fido2 import cbor
from fido2.cose import CoseKey
from fido2.server import Fido2Server
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticationResponse,
    AuthenticatorAssertionResponse,
    AuthenticatorAttestationResponse,
    AuthenticatorData,
    CollectedClientData,
    PublicKeyCredentialRpEntity,
    RegistrationResponse,
    UserVerificationRequirement,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier

SOURCE, DOORWARD, SIMPLE = map(pathlib.Path, sys.argv[1:])
LIST = json.loads(SOURCE.read_text())
ALGORITHMS = [COSEAlgorithmIdentifier(number) for number in (-8, -7, -257)]
SITE = {"expected_rp_id": LIST["rp_id"], "expected_origin": LIST["origin"], "require_user_verification": True}


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


CHALLENGE = decode(LIST["challenge"])
FIDO2 = Fido2Server(
    PublicKeyCredentialRpEntity(id=LIST["rp_id"], name="Judge"), verify_origin=lambda origin: origin == LIST["origin"]
)
STATE = {"challenge": LIST["challenge"], "user_verification": UserVerificationRequirement.REQUIRED}


def answer(identifier, response):
    return {"id": identifier, "rawId": identifier, "type": "public-key", "response": response}


def py_webauthn_registers(case):
    response = {"clientDataJSON": case["client_data"], "attestationObject": case["attestation_object"]}
    webauthn.verify_registration_response(
        credential=answer(case["id"], response), expected_challenge=CHALLENGE, supported_pub_key_algs=ALGORITHMS, **SITE
    )


def py_webauthn_logs_in(case, key):
    response = {
        "clientDataJSON": case["client_data"],
        "authenticatorData": case["authenticator_data"],
        "signature": case["signature"],
    }
    webauthn.verify_authentication_response(
        credential=answer(key["id"], response),
        expected_challenge=CHALLENGE,
        credential_public_key=bytes.fromhex(key["public_key"]),
        credential_current_sign_count=3,
        **SITE,
    )


def fido2_registers(case):
    response = AuthenticatorAttestationResponse(
        client_data=CollectedClientData(decode(case["client_data"])),
        attestation_object=AttestationObject(decode(case["attestation_object"])),
    )
    FIDO2.register_complete(STATE, RegistrationResponse(raw_id=decode(case["id"]), response=response))


def fido2_logs_in(case, key):
    cose = CoseKey.parse(cbor.decode(bytes.fromhex(key["public_key"])))
    credential = AttestedCredentialData.create(Aaguid(b"\x07" * 16), decode(key["id"]), cose)
    response = AuthenticatorAssertionResponse(
        client_data=CollectedClientData(decode(case["client_data"])),
        authenticator_data=AuthenticatorData(decode(case["authenticator_data"])),
        signature=decode(case["signature"]),
    )
    FIDO2.authenticate_complete(
        STATE, [credential], AuthenticationResponse(raw_id=decode(key["id"]), response=response)
    )


def accepts(judge, *arguments):
    try:
        judge(*arguments)
    except Exception:  # Each library has errors of its own, and damaged input causes others.
        return False
    return True


def verdicts(path):
    rows = (line.split("\t") for line in path.read_text().splitlines())
    return {(ceremony, name): verdict == "accepted" for ceremony, name, verdict in rows}


doorward, simple = verdicts(DOORWARD), verdicts(SIMPLE)
table = {}
for case in LIST["registrations"]:
    row = "registration", case["name"]
    table[row] = [simple[row], accepts(py_webauthn_registers, case), accepts(fido2_registers, case)]
for case in LIST["logins"]:
    row, key = ("login", case["name"]), LIST["keys"][case["algorithm"]]
    table[row] = [simple[row], accepts(py_webauthn_logs_in, case, key), accepts(fido2_logs_in, case, key)]

WORDS = {True: "accepts", False: "refuses"}
different = {}
for (ceremony, name), others in table.items():
    own = doorward[ceremony, name]
    if any(other != own for other in others):
        cells = (WORDS[own], *("–" if other == own else WORDS[other] for other in others))
        different.setdefault((name, cells), []).append(ceremony)

print(f"{len(table)} answers; those that not all judge alike (– as Doorward):\n")
print("| answer | Doorward | SimpleWebAuthn | py_webauthn | python-fido2 |\n|---|---|---|---|---|")
for (name, cells), ceremonies in different.items():
    print(f"| {name} ({', '.join(ceremonies)}) | {' | '.join(cells)} |")
forged = [row for row, own in doorward.items() if not own]
counts = [sum(table[row][judge] for row in forged) for judge in range(3)]
print(f"\nOf {len(forged)} forgeries accepted: Doorward 0, SimpleWebAuthn {counts[0]}, py_webauthn {counts[1]}, python-fido2 {counts[2]}")
