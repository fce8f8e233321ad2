//! The validity period of a token: `iat`, `nbf`, `exp` and leeway, to the second.

mod forge;

use doorward_verify::{AccessTokenVerifier, TokenError};
use forge::{AUDIENCE, Forge, ISSUER, NOW};
use serde_json::json;

#[test]
fn a_token_is_valid_until_the_second_before_its_exp() {
    let forge = Forge::new();
    let token = forge.good();
    assert!(forge.verify(&token, NOW).is_ok());
    assert!(forge.verify(&token, NOW + 299).is_ok());
    assert_eq!(forge.verify(&token, NOW + 300), Err(TokenError::Expired));
    assert_eq!(forge.verify(&token, NOW + 301), Err(TokenError::Expired));
    assert_eq!(forge.verify(&token, i64::MAX - 10), Err(TokenError::Expired));
    assert_eq!(forge.verify(&token, NOW - 1), Err(TokenError::Invalid("not yet valid")));
    assert!(forge.verify(&token, 0).is_err());
    assert!(forge.verify(&token, i64::MIN + 10).is_err());
}

#[test]
fn a_token_is_valid_from_the_second_of_its_nbf_and_iat() {
    let forge = Forge::new();
    let later = forge.with_claim("nbf", json!(NOW + 1));
    assert_eq!(forge.verify(&later, NOW), Err(TokenError::Invalid("not yet valid")));
    assert!(forge.verify(&later, NOW + 1).is_ok());
    let issued_later = forge.with_claim("iat", json!(NOW + 1));
    assert_eq!(forge.verify(&issued_later, NOW), Err(TokenError::Invalid("not yet valid")));
    assert!(forge.verify(&issued_later, NOW + 1).is_ok());
}

#[test]
fn leeway_is_five_seconds_at_most() {
    let forge = Forge::new();
    let token = forge.good();
    for (configured, effective) in [(0, 0), (3, 3), (5, 5), (60, 5), (i64::MAX, 5), (-60, 0)] {
        let verifier = AccessTokenVerifier::new(ISSUER, AUDIENCE).leeway(configured);
        let verify = |now| verifier.verify(&token, &forge.keys, now);
        assert!(verify(NOW + 299 + effective).is_ok(), "{configured}");
        assert_eq!(verify(NOW + 300 + effective), Err(TokenError::Expired), "{configured}");
        assert!(verify(NOW - effective).is_ok(), "{configured}");
        assert!(verify(NOW - effective - 1).is_err(), "{configured}");
    }
}
