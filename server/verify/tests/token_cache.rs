//! The token cache saves the verification of signatures and changes no result.

mod forge;

use doorward_verify::{AccessTokenVerifier, Jwk, Jwks, KeySet, TokenError};
use forge::{AUDIENCE, Forge, ISSUER, NOW};
use serde_json::json;

fn caching() -> AccessTokenVerifier {
    AccessTokenVerifier::new(ISSUER, AUDIENCE).cache_capacity(100)
}

#[test]
fn a_cached_token_is_rejected_in_the_second_of_its_exp() {
    let (forge, verifier) = (Forge::new(), caching());
    let token = forge.good();
    assert!(verifier.verify(&token, &forge.keys, NOW).is_ok());
    assert_eq!(verifier.cached_tokens(), 1);

    assert!(verifier.verify(&token, &forge.keys, NOW + 299).is_ok());
    assert_eq!(verifier.verify(&token, &forge.keys, NOW + 300), Err(TokenError::Expired));
    assert_eq!(verifier.cached_tokens(), 0, "an expired token is removed");
}

#[test]
fn a_cached_token_is_not_valid_before_its_iat() {
    let (forge, verifier) = (Forge::new(), caching());
    let token = forge.good();
    assert!(verifier.verify(&token, &forge.keys, NOW).is_ok());
    assert_eq!(verifier.verify(&token, &forge.keys, NOW - 1), Err(TokenError::Invalid("not yet valid")));
}

#[test]
fn a_cached_token_is_rejected_without_its_key() {
    let (forge, verifier) = (Forge::new(), caching());
    let token = forge.good();
    assert!(verifier.verify(&token, &forge.keys, NOW).is_ok());

    let other_key = Forge::new().keys;
    assert_eq!(verifier.verify(&token, &KeySet::default(), NOW), Err(TokenError::Invalid("unknown kid")));
    assert_eq!(verifier.verify(&token, &other_key, NOW), Err(TokenError::Invalid("wrong signature")));
    assert!(verifier.verify(&token, &forge.keys, NOW).is_ok(), "the key is back");
}

#[test]
fn a_cached_token_is_rejected_when_its_key_has_another_kid() {
    let (forge, verifier) = (Forge::new(), caching());
    let token = forge.good();
    assert!(verifier.verify(&token, &forge.keys, NOW).is_ok());
    let renamed = KeySet::try_from(&Jwks { keys: vec![Jwk::ed25519("two".into(), forge.x.clone())] });
    assert_eq!(verifier.verify(&token, &renamed.expect("a key set"), NOW), Err(TokenError::Invalid("unknown kid")));
}

#[test]
fn a_cached_token_stays_cached_when_its_key_is_fetched_again() {
    let (forge, verifier) = (Forge::new(), caching());
    let token = forge.good();
    let first = verifier.verify(&token, &forge.keys, NOW).expect("a good token");
    let again = verifier.verify(&token, &forge.key_set(|_| {}).expect("a key set"), NOW).expect("a good token");
    assert!(std::sync::Arc::ptr_eq(&first, &again));
}

#[test]
fn no_token_matches_the_entry_of_another() {
    let (forge, verifier) = (Forge::new(), caching());
    let token = forge.good();
    assert!(verifier.verify(&token, &forge.keys, NOW).is_ok());

    // Tokens that differ in one character, or are shorter or longer.
    for at in 0..token.len() {
        let mut bytes = token.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let similar = String::from_utf8(bytes).expect("text");
        assert!(verifier.verify(&similar, &forge.keys, NOW).is_err(), "{similar}");
        assert!(verifier.verify(&token[..at], &forge.keys, NOW).is_err(), "{at}");
    }
    for similar in [format!("{token}A"), format!("{token} "), format!(" {token}"), token.to_uppercase()] {
        assert!(verifier.verify(&similar, &forge.keys, NOW).is_err(), "{similar}");
    }
    assert_eq!(verifier.cached_tokens(), 1);
}

#[test]
fn only_good_tokens_are_cached_up_to_the_capacity() {
    let (forge, verifier) = (Forge::new(), caching());
    for number in 0..1000 {
        let bad = forge.with_claim("aud", json!(format!("https://{number}.example")));
        assert!(verifier.verify(&bad, &forge.keys, NOW).is_err());
    }
    assert_eq!(verifier.cached_tokens(), 0);
    for number in 0..1000 {
        let good = forge.with_claim("jti", json!(format!("token-{number}")));
        assert!(verifier.verify(&good, &forge.keys, NOW).is_ok());
    }
    assert!(verifier.cached_tokens() <= 100, "{}", verifier.cached_tokens());
}

#[test]
fn a_verifier_without_a_cache_keeps_no_token() {
    let forge = Forge::new();
    for verifier in [AccessTokenVerifier::new(ISSUER, AUDIENCE), caching().cache_capacity(0)] {
        assert!(verifier.verify(&forge.good(), &forge.keys, NOW).is_ok());
        assert_eq!(verifier.cached_tokens(), 0);
    }
}

/// Property test over 20,000 steps of changing keys and times.
#[test]
fn results_with_and_without_the_cache_are_the_same() {
    let keys: Vec<Forge> = (0..3).map(|number| Forge::named(&format!("key-{number}"))).collect();
    let caching = AccessTokenVerifier::new(ISSUER, AUDIENCE).cache_capacity(8);
    let uncached = AccessTokenVerifier::new(ISSUER, AUDIENCE);
    let tokens: Vec<String> = (0..12)
        .map(|number: i64| {
            let key = &keys[usize::try_from(number).expect("small") % 3];
            let mut claims = key.claims();
            claims["exp"] = json!(NOW + 1 + number * 20);
            claims["jti"] = json!(number.to_string());
            key.sign_text(&key.header().to_string(), &claims.to_string())
        })
        .collect();

    // A linear congruential generator with a fixed seed, so that each run is the same.
    let mut state = 42_u64;
    let mut random = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let (mut now, mut published) = (NOW, key_set_of(&keys, 7));
    for _ in 0..20_000 {
        match random(40) {
            0 => published = key_set_of(&keys, random(8)),
            1 => now = NOW - 2 + i64::try_from(random(260)).expect("small"),
            _ => {}
        }
        let token = &tokens[usize::try_from(random(12)).expect("small")];
        assert_eq!(caching.verify(token, &published, now), uncached.verify(token, &published, now), "{token} at {now}");
    }
}

/// The keys whose bits are set in `bits`.
fn key_set_of(keys: &[Forge], bits: u64) -> KeySet {
    let selected = keys.iter().enumerate().filter(|(index, _)| bits & (1 << index) != 0);
    let keys = selected.map(|(_, key)| Jwk::ed25519(key.kid.clone(), key.x.clone())).collect();
    KeySet::try_from(&Jwks { keys }).expect("a key set")
}
