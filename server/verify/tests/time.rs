//! The moments at which a good token begins and ends to be good.

mod forge;

use doorward_verify::{AccessTokens, Refused};
use forge::{AUDIENCE, Forge, ISSUER, NOW};
use serde_json::json;

#[test]
fn r57_a_token_is_good_until_just_before_its_end() {
    let forge = Forge::new();
    let token = forge.good();
    assert!(forge.check(&token, NOW).is_ok());
    assert!(forge.check(&token, NOW + 299).is_ok());
    assert_eq!(forge.check(&token, NOW + 300), Err(Refused::Expired));
    assert_eq!(forge.check(&token, NOW + 301), Err(Refused::Expired));
    assert_eq!(forge.check(&token, i64::MAX - 10), Err(Refused::Expired));
    assert_eq!(forge.check(&token, NOW - 1), Err(Refused::Invalid("not valid yet")));
    assert!(forge.check(&token, 0).is_err());
    assert!(forge.check(&token, i64::MIN + 10).is_err());
}

#[test]
fn r57_a_token_is_good_from_its_first_second_on() {
    let forge = Forge::new();
    let later = forge.with_claim("nbf", json!(NOW + 1));
    assert_eq!(forge.check(&later, NOW), Err(Refused::Invalid("not valid yet")));
    assert!(forge.check(&later, NOW + 1).is_ok());
    let issued_later = forge.with_claim("iat", json!(NOW + 1));
    assert_eq!(forge.check(&issued_later, NOW), Err(Refused::Invalid("not valid yet")));
    assert!(forge.check(&issued_later, NOW + 1).is_ok());
}

#[test]
fn r57_leeway_is_five_seconds_at_most() {
    let forge = Forge::new();
    let token = forge.good();
    for (asked, given) in [(0, 0), (3, 3), (5, 5), (60, 5), (i64::MAX, 5), (-60, 0)] {
        let service = AccessTokens::new(ISSUER, AUDIENCE).leeway(asked);
        let check = |now| service.check(&token, &forge.keys, now);
        assert!(check(NOW + 299 + given).is_ok(), "{asked}");
        assert_eq!(check(NOW + 300 + given), Err(Refused::Expired), "{asked}");
        assert!(check(NOW - given).is_ok(), "{asked}");
        assert!(check(NOW - given - 1).is_err(), "{asked}");
    }
}
