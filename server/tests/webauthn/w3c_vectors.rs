//! The test vectors of Web Authentication Level 3: what other implementations take for good.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use server::webauthn::{Assertion, CeremonyError, Registration, RelyingParty, UserVerification};

#[derive(Deserialize)]
struct List {
    origin: String,
    rp_id: String,
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    name: String,
    registration: Created,
    login: Got,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Created {
    challenge: String,
    #[serde(rename = "credential_id")]
    credential_id: String,
    attestation_object: String,
    #[serde(rename = "clientDataJSON")]
    client_data: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Got {
    challenge: String,
    authenticator_data: String,
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    signature: String,
}

fn bytes(hex: &str) -> Vec<u8> {
    hex::decode(hex).expect("hex")
}

fn challenge(hex: &str) -> String {
    URL_SAFE_NO_PAD.encode(bytes(hex))
}

/// What differs from the specification: pages in frames are not ours, and of its algorithms three are offered.
fn refused(name: &str) -> Option<CeremonyError> {
    match name {
        "none.ES256.crossOrigin" | "none.ES256.topOrigin" => Some(CeremonyError::CrossOrigin),
        "packed.ES384" | "packed.ES512" | "packed.Ed448" => Some(CeremonyError::Algorithm),
        _ => None,
    }
}

#[test]
fn the_vectors_of_the_offered_algorithms_are_accepted_and_pages_in_frames_are_not() {
    let list: List = serde_json::from_str(include_str!("w3c.json")).expect("w3c-vectors writes it");
    let site = RelyingParty { origin: list.origin, rp_id: list.rp_id };
    let mut accepted = 0;
    for Vector { name, registration, login } in list.vectors {
        let (client_data, object, id) = (
            bytes(&registration.client_data),
            bytes(&registration.attestation_object),
            bytes(&registration.credential_id),
        );
        let answer = Registration { client_data: &client_data, attestation_object: &object, raw_id: &id };
        let created = site.register(&answer, &challenge(&registration.challenge), UserVerification::Optional);
        println!("{name}: {:?}", created.as_ref().err());
        assert_eq!(created.as_ref().err().copied(), refused(&name), "{name}");
        let Ok(created) = created else { continue };

        let (client_data, data, signature) =
            (bytes(&login.client_data), bytes(&login.authenticator_data), bytes(&login.signature));
        let answer = Assertion { client_data: &client_data, authenticator_data: &data, signature: &signature };
        let challenge = challenge(&login.challenge);
        let used = site.verify(&created.public_key, &answer, &challenge, UserVerification::Optional);
        assert!(used.is_ok(), "{name}: {used:?}");

        // Verification of the user is as the vector says.
        let is_verified = created.flags.user_verified();
        let required = site.verify(&created.public_key, &answer, &challenge, UserVerification::Required);
        assert_eq!(required.is_ok(), used.is_ok_and(|used| used.flags.user_verified()), "{name}");
        println!("{name}: registered with user verification: {is_verified}");
        accepted += 1;
    }
    assert_eq!(accepted, 10);
}
