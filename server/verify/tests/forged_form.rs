//! Tokens that say nothing wrong, but are not written as we write them, or not at their time.

mod forge;

use doorward_verify::{AccessTokens, LONGEST_LIFE, Refused};
use forge::{AUDIENCE, Forge, ISSUER, NOW, good_claims, good_header};
use serde_json::{Value, json};

#[track_caller]
fn assert_invalid(forge: &Forge, what: &str, token: &str) {
    match forge.check(token, NOW) {
        Err(Refused::Invalid(_)) => {}
        other => panic!("{what} is not refused: {other:?}\n{token}"),
    }
}

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

#[test]
fn r57_times_are_in_order_and_in_a_sane_range() {
    let forge = Forge::new();
    let changes = [
        ("exp", json!(NOW + LONGEST_LIFE + 1)),
        ("exp", json!(i64::MAX)),
        ("exp", json!(u64::MAX)),
        ("exp", json!(-1)),
        ("exp", json!(0)),
        ("exp", json!(i64::MIN)),
        ("exp", json!(NOW - 10)), // before iat
        ("iat", json!(NOW + 1)),
        ("iat", json!(0)),
        ("iat", json!(-NOW)),
        ("iat", json!(i64::MIN)),
        ("iat", json!(i64::MAX)),
        ("nbf", json!(NOW + 1)),
        ("nbf", json!(i64::MAX)),
        ("nbf", json!(-1)),
        ("nbf", json!(i64::MIN)),
        ("auth_time", json!(NOW + 1)),
        ("auth_time", json!(0)),
        ("auth_time", json!(i64::MIN)),
    ];
    for (name, value) in changes {
        assert_invalid(&forge, &format!("{name} = {value}"), &forge.with_claim(name, value));
    }
    assert!(forge.check(&forge.with_claim("exp", json!(NOW + LONGEST_LIFE)), NOW).is_ok());
}

#[test]
fn r57_times_are_integers() {
    let forge = Forge::new();
    for name in ["exp", "iat", "nbf", "auth_time"] {
        for spelling in
            ["1700000000.0", "1.7e9", "1e400", "\"1700000000\"", "1_700_000_000", "01700000000", "+1", "true"]
        {
            let claims = good_claims().to_string();
            let good = format!("\"{name}\":{}", good_claims()[name]);
            assert!(claims.contains(&good));
            let changed = claims.replace(&good, &format!("\"{name}\":{spelling}"));
            assert_invalid(
                &forge,
                &format!("{name} = {spelling}"),
                &forge.sign_text(&good_header().to_string(), &changed),
            );
        }
    }
}

#[test]
fn r58_a_name_that_appears_twice_is_refused() {
    let forge = Forge::new();
    let (header, claims) = (good_header().to_string(), good_claims().to_string());
    let twice = |object: &str, member: &str| format!("{},{member}}}", &object[..object.len() - 1]);

    for member in [r#""alg":"EdDSA""#, r#""typ":"at+jwt""#, r#""kid":"one""#, r#""kid":null"#, r#""alg":"none""#] {
        let token = forge.sign_text(&twice(&header, member), &claims);
        assert_invalid(&forge, &format!("twice {member}"), &token);
    }
    for (name, value) in good_claims().as_object().expect("an object") {
        let token = forge.sign_text(&header, &twice(&claims, &format!("\"{name}\":{value}")));
        assert_invalid(&forge, &format!("twice {name}"), &token);
    }
    // The same name, spelled with an escape.
    let token = forge.sign_text(&header, &twice(&claims, r#""s\u0075b":"eve""#));
    assert_invalid(&forge, "an escaped name", &token);
}

#[test]
fn r59_only_the_canonical_spelling_is_accepted() {
    let forge = Forge::new();
    let good = forge.good();
    let parts: Vec<&str> = good.split('.').collect();
    let [header, claims, signature] = parts[..] else { panic!("three parts") };

    let spellings = [
        ("nothing", String::new()),
        ("a dot", ".".into()),
        ("two dots", "..".into()),
        ("three dots", "...".into()),
        ("two parts", format!("{header}.{claims}")),
        ("four parts", format!("{good}.{signature}")),
        ("a dot behind", format!("{good}.")),
        ("a dot before", format!(".{good}")),
        ("five parts, as in JWE", format!("{header}.{claims}.{claims}.{claims}.{signature}")),
        ("padding behind", format!("{good}=")),
        ("double padding behind", format!("{good}==")),
        ("padding in the header", format!("{header}=.{claims}.{signature}")),
        ("a space before", format!(" {good}")),
        ("a space behind", format!("{good} ")),
        ("a line break behind", format!("{good}\n")),
        ("a line break inside", format!("{header}.\n{claims}.{signature}")),
        ("a tab inside", format!("{header}\t.{claims}.{signature}")),
        ("NUL behind", format!("{good}\0")),
        ("the scheme before", format!("Bearer {good}")),
        ("percent", good.replace('.', "%2e")),
        ("no header", format!(".{claims}.{signature}")),
        ("no claims", format!("{header}..{signature}")),
        ("another alphabet", format!("{}+/", &good[..good.len() - 2])),
        ("letters that look like dots", good.replace('.', "。")),
    ];
    for (what, token) in spellings {
        assert_invalid(&forge, what, &token);
    }
}

#[test]
fn r59_bits_that_nobody_reads_are_refused() {
    let forge = Forge::new();
    let good = forge.good();
    // 64 bytes are 86 letters, of which the last has four bits too many.
    let (rest, last) = good.split_at(good.len() - 1);
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for letter in alphabet.chars().filter(|letter| !last.starts_with(*letter)) {
        assert_invalid(&forge, &format!("{letter} for {last}"), &format!("{rest}{letter}"));
    }
}

#[test]
fn r59_header_and_claims_are_json_objects() {
    let forge = Forge::new();
    let (header, claims) = (good_header().to_string(), good_claims().to_string());
    let values =
        |object: &Value, names: &[&str]| Value::Array(names.iter().map(|name| object[*name].clone()).collect());
    let order = ["iss", "aud", "sub", "sid", "jti", "iat", "nbf", "exp", "auth_time", "name", "roles"];
    let as_array = values(&good_claims(), &order).to_string();

    for text in [
        r#"["at+jwt","EdDSA","one"]"#,
        "null",
        "1",
        "\"x\"",
        "",
        "{",
        &format!(" {header}"),
        &format!("{header}{header}"),
        &format!("\u{feff}{header}"),
        "\u{1}",
    ] {
        assert_invalid(&forge, text, &forge.sign_text(text, &claims));
    }
    for text in [
        as_array.as_str(),
        "null",
        "1",
        "\"x\"",
        "",
        "{}",
        "{",
        &format!(" {claims}"),
        &format!("{claims},"),
        &format!("{claims}{claims}"),
    ] {
        assert_invalid(&forge, text, &forge.sign_text(&header, text));
    }
    let no_text = [&b"{\"typ\":\"at+jwt\",\"alg\":\"EdDSA\",\"kid\":\"one\xff\"}"[..], b"\xff\xfe{}"];
    for header in no_text {
        assert_invalid(&forge, "no UTF-8", &forge.sign_bytes(header, claims.as_bytes()));
    }
}
