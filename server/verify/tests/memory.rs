//! The memory of checked tokens: it saves the signature and nothing else.

mod forge;

use doorward_verify::{AccessTokens, Jwk, Jwks, KeySet, Refused};
use forge::{AUDIENCE, Forge, ISSUER, NOW};
use serde_json::json;

fn remembering() -> AccessTokens {
    AccessTokens::new(ISSUER, AUDIENCE).remember(100)
}

#[test]
fn a_remembered_token_is_refused_in_the_second_in_which_it_expires() {
    let (forge, checks) = (Forge::new(), remembering());
    let token = forge.good();
    assert!(checks.check(&token, &forge.keys, NOW).is_ok());
    assert_eq!(checks.remembered(), 1);

    assert!(checks.check(&token, &forge.keys, NOW + 299).is_ok());
    assert_eq!(checks.check(&token, &forge.keys, NOW + 300), Err(Refused::Expired));
    assert_eq!(checks.remembered(), 0, "what is over is not kept");
}

#[test]
fn a_remembered_token_is_not_good_before_its_time() {
    let (forge, checks) = (Forge::new(), remembering());
    let token = forge.good();
    assert!(checks.check(&token, &forge.keys, NOW).is_ok());
    assert_eq!(checks.check(&token, &forge.keys, NOW - 1), Err(Refused::Invalid("not valid yet")));
}

#[test]
fn r68_a_remembered_token_goes_with_its_key() {
    let (forge, checks) = (Forge::new(), remembering());
    let token = forge.good();
    assert!(checks.check(&token, &forge.keys, NOW).is_ok());

    let of_another_key = Forge::new().keys;
    assert_eq!(checks.check(&token, &KeySet::default(), NOW), Err(Refused::Invalid("kid")));
    assert_eq!(checks.check(&token, &of_another_key, NOW), Err(Refused::Invalid("signature")));
    assert!(checks.check(&token, &forge.keys, NOW).is_ok(), "the key is back");
}

#[test]
fn r68_a_key_under_another_name_is_not_the_one_in_the_header() {
    let (forge, checks) = (Forge::new(), remembering());
    let token = forge.good();
    assert!(checks.check(&token, &forge.keys, NOW).is_ok());
    let renamed = KeySet::try_from(&Jwks { keys: vec![Jwk::ed25519("two".into(), forge.x.clone())] });
    assert_eq!(checks.check(&token, &renamed.expect("a key set"), NOW), Err(Refused::Invalid("kid")));
}

#[test]
fn the_same_key_from_another_answer_is_the_same_key() {
    let (forge, checks) = (Forge::new(), remembering());
    let token = forge.good();
    let first = checks.check(&token, &forge.keys, NOW).expect("a good token");
    let again = checks.check(&token, &forge.key_set(|_| {}).expect("a key set"), NOW).expect("a good token");
    assert!(std::sync::Arc::ptr_eq(&first, &again));
}

#[test]
fn no_token_is_taken_for_another() {
    let (forge, checks) = (Forge::new(), remembering());
    let token = forge.good();
    assert!(checks.check(&token, &forge.keys, NOW).is_ok());

    // Each token that differs in one letter, or is cut short, or goes on.
    for at in 0..token.len() {
        let mut bytes = token.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let near = String::from_utf8(bytes).expect("text");
        assert!(checks.check(&near, &forge.keys, NOW).is_err(), "{near}");
        assert!(checks.check(&token[..at], &forge.keys, NOW).is_err(), "{at}");
    }
    for near in [format!("{token}A"), format!("{token} "), format!(" {token}"), token.to_uppercase()] {
        assert!(checks.check(&near, &forge.keys, NOW).is_err(), "{near}");
    }
    assert_eq!(checks.remembered(), 1);
}

#[test]
fn only_good_tokens_are_remembered_and_no_more_than_asked_for() {
    let (forge, checks) = (Forge::new(), remembering());
    for number in 0..1000 {
        let bad = forge.with_claim("aud", json!(format!("https://{number}.example")));
        assert!(checks.check(&bad, &forge.keys, NOW).is_err());
    }
    assert_eq!(checks.remembered(), 0);
    for number in 0..1000 {
        let good = forge.with_claim("jti", json!(format!("token-{number}")));
        assert!(checks.check(&good, &forge.keys, NOW).is_ok());
    }
    assert!(checks.remembered() <= 100, "{}", checks.remembered());
}

#[test]
fn without_a_memory_nothing_is_kept() {
    let forge = Forge::new();
    for checks in [AccessTokens::new(ISSUER, AUDIENCE), remembering().remember(0)] {
        assert!(checks.check(&forge.good(), &forge.keys, NOW).is_ok());
        assert_eq!(checks.remembered(), 0);
    }
}

/// A property, tried on many histories: with and without a memory the answer is the same.
#[test]
fn whatever_happened_before_a_memory_changes_no_answer() {
    let keys: Vec<Forge> = (0..3).map(|number| Forge::named(&format!("key-{number}"))).collect();
    let remembering = AccessTokens::new(ISSUER, AUDIENCE).remember(8);
    let forgetful = AccessTokens::new(ISSUER, AUDIENCE);
    let tokens: Vec<String> = (0..12)
        .map(|number: i64| {
            let key = &keys[usize::try_from(number).expect("small") % 3];
            let mut claims = key.claims();
            claims["exp"] = json!(NOW + 1 + number * 20);
            claims["jti"] = json!(number.to_string());
            key.sign_text(&key.header().to_string(), &claims.to_string())
        })
        .collect();

    // The numbers of a well-known generator are chance enough, and the same in each run.
    let mut state = 42_u64;
    let mut chance = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let (mut now, mut held) = (NOW, keys_held(&keys, 7));
    for _ in 0..20_000 {
        match chance(40) {
            0 => held = keys_held(&keys, chance(8)),
            1 => now = NOW - 2 + i64::try_from(chance(260)).expect("small"),
            _ => {}
        }
        let token = &tokens[usize::try_from(chance(12)).expect("small")];
        assert_eq!(remembering.check(token, &held, now), forgetful.check(token, &held, now), "{token} at {now}");
    }
}

/// The keys whose bits are set.
fn keys_held(keys: &[Forge], bits: u64) -> KeySet {
    let held = keys.iter().enumerate().filter(|(at, _)| bits & (1 << at) != 0);
    let keys = held.map(|(_, key)| Jwk::ed25519(key.kid.clone(), key.x.clone())).collect();
    KeySet::try_from(&Jwks { keys }).expect("a key set")
}
