//! Counterfeit access tokens of every kind are rejected. The lists are in `forge/`, because `server/tests/recipes` runs
//! them through other verifiers, too.

mod forge;

use doorward_verify::{
    TokenError,
    jws::{self, MAX_BYTES},
};
use forge::{Forge, NOW};
use jsonwebtoken::Algorithm;
use serde_json::Value;

#[test]
fn a_good_token_is_accepted() {
    let forge = Forge::new();
    let claims = forge.verify(&forge.good(), NOW).expect("a good token");
    assert_eq!((claims.sub.as_str(), claims.sid.as_str(), claims.roles.len()), ("ada", "session", 1));
}

#[test]
fn unusual_but_valid_tokens_are_accepted() {
    let forge = Forge::new();
    for case in forge.good_tokens() {
        assert!(forge.verify(&case.token, NOW).is_ok(), "{} is rejected\n{}", case.what, case.token);
    }
}

#[test]
fn no_counterfeit_token_is_accepted() {
    let forge = Forge::new();
    let counterfeits = forge.counterfeits();
    assert!(counterfeits.len() > 300, "{}", counterfeits.len());
    for case in counterfeits {
        match forge.verify(&case.token, NOW) {
            // Never as merely expired, which would invite a refresh.
            Err(TokenError::Invalid(_)) => {}
            other => panic!("{} is not rejected: {other:?}\n{}", case.what, case.token),
        }
    }
}

#[test]
fn a_key_with_a_long_kid_or_of_another_type_is_not_usable() {
    let forge = Forge::new();
    assert!(forge.key_set(|_| {}).is_ok());
    assert!(forge.key_set(|key| key.kid = "x".repeat(64)).is_ok());
    assert!(forge.key_set(|key| key.kid = "x".repeat(65)).is_err());
    assert!(forge.key_set(|key| key.kty = "oct".into()).is_err());
    assert!(forge.key_set(|key| key.crv = "X25519".into()).is_err());
    assert!(forge.key_set(|key| key.alg = "HS256".into()).is_err());
    assert!(forge.key_set(|key| key.public_key_use = "enc".into()).is_err());
    assert!(forge.key_set(|key| key.x = "not base64url!".into()).is_err());
}

#[test]
fn a_token_of_more_than_4096_bytes_is_rejected_before_it_is_parsed() {
    let forge = Forge::new();
    for long in ["x".repeat(MAX_BYTES + 1), forge.good() + &"A".repeat(MAX_BYTES), "x.".repeat(1 << 19)] {
        assert_eq!(forge.verify(&long, NOW), Err(TokenError::Invalid("too long")));
    }
}

#[test]
fn a_token_of_another_kind_is_rejected_before_its_key_is_looked_up() {
    let forge = Forge::new();
    let kind = jws::Kind { typ: "rt+jwt", algorithm: Algorithm::HS256, max_bytes: MAX_BYTES };
    let verified = jws::verify::<Value>(&forge.good(), kind, |_| panic!("looks up a key"));
    assert!(verified.is_err());
}
