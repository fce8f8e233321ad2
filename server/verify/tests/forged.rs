//! Forged access tokens of every kind. The lists are in `forge/`, because others judge the same ones
//! (`server/tests/recipes`).

mod forge;

use doorward_verify::{
    Refused,
    jws::{self, MAX_BYTES},
};
use forge::{Forge, NOW};
use jsonwebtoken::Algorithm;
use serde_json::Value;

#[test]
fn a_good_token_is_accepted() {
    let forge = Forge::new();
    let claims = forge.check(&forge.good(), NOW).expect("a good token");
    assert_eq!((claims.sub.as_str(), claims.sid.as_str(), claims.roles.len()), ("ada", "session", 1));
}

#[test]
fn a_good_token_may_look_odd() {
    let forge = Forge::new();
    for case in forge.good_tokens() {
        assert!(forge.check(&case.token, NOW).is_ok(), "{} is refused\n{}", case.what, case.token);
    }
}

#[test]
fn r51_to_r60_no_forgery_is_accepted() {
    let forge = Forge::new();
    let forgeries = forge.forgeries();
    assert!(forgeries.len() > 300, "{}", forgeries.len());
    for case in forgeries {
        match forge.check(&case.token, NOW) {
            // For good, not just as expired.
            Err(Refused::Invalid(_)) => {}
            other => panic!("{} is not refused: {other:?}\n{}", case.what, case.token),
        }
    }
}

#[test]
fn r53_a_key_with_a_long_name_or_another_use_is_no_key() {
    let forge = Forge::new();
    assert!(forge.key_set(|_| {}).is_ok());
    assert!(forge.key_set(|key| key.kid = "x".repeat(64)).is_ok());
    assert!(forge.key_set(|key| key.kid = "x".repeat(65)).is_err());
    assert!(forge.key_set(|key| key.kty = "oct".into()).is_err());
    assert!(forge.key_set(|key| key.crv = "X25519".into()).is_err());
    assert!(forge.key_set(|key| key.alg = "HS256".into()).is_err());
    assert!(forge.key_set(|key| key.purpose = "enc".into()).is_err());
    assert!(forge.key_set(|key| key.x = "not base64url!".into()).is_err());
}

#[test]
fn r60_a_token_of_more_than_4096_bytes_is_refused_unread() {
    let forge = Forge::new();
    for long in ["x".repeat(MAX_BYTES + 1), forge.good() + &"A".repeat(MAX_BYTES), "x.".repeat(1 << 19)] {
        assert_eq!(forge.check(&long, NOW), Err(Refused::Invalid("too long")));
    }
}

#[test]
fn a_token_of_another_kind_is_refused_before_its_key_is_asked_for() {
    let forge = Forge::new();
    let kind = jws::Kind { typ: "rt+jwt", algorithm: Algorithm::HS256, max_bytes: MAX_BYTES };
    let opened = jws::open::<Value>(&forge.good(), kind, |_| panic!("no key is needed"));
    assert!(opened.is_err());
}
