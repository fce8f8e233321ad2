//! Forged access tokens of every kind. The tables are the test: each row is one change to a good token.

mod forge;

use doorward_verify::{
    Refused,
    jws::{self, MAX_BYTES},
};
use forge::{AUDIENCE, Forge, ISSUER, NOW, good_claims, good_header, signed_otherwise, unsigned};
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

/// Asserts that the token is refused for good, not just as expired.
#[track_caller]
fn assert_invalid(forge: &Forge, what: &str, token: &str) {
    match forge.check(token, NOW) {
        Err(Refused::Invalid(_)) => {}
        other => panic!("{what} is not refused: {other:?}\n{token}"),
    }
}

#[test]
fn a_good_token_is_accepted() {
    let forge = Forge::new();
    let claims = forge.check(&forge.good(), NOW).expect("a good token");
    assert_eq!((claims.sub.as_str(), claims.sid.as_str(), claims.roles.len()), ("ada", "session", 1));
}

#[test]
fn r51_only_our_signature_with_our_algorithm_is_accepted() {
    let forge = Forge::new();
    let hmac = |algorithm, secret: &[u8]| signed_otherwise(algorithm, &EncodingKey::from_secret(secret));
    let (message, signature) = forge.parts();
    let none = |name: &str| unsigned(&json!({"alg": name, "typ": "at+jwt", "kid": "one"}), &good_claims());

    let forgeries = [
        ("another key", signed_otherwise(Algorithm::EdDSA, &Forge::new().key)),
        ("HS256 with the public key in base64url", hmac(Algorithm::HS256, forge.x.as_bytes())),
        ("HS256 with the bytes of the public key", hmac(Algorithm::HS256, &forge.public)),
        ("HS384 with the public key", hmac(Algorithm::HS384, &forge.public)),
        ("HS512 with the public key", hmac(Algorithm::HS512, &forge.public)),
        ("HS256 with an empty secret", hmac(Algorithm::HS256, b"")),
        ("alg none", none("none") + "."),
        ("alg None", none("None") + "."),
        ("alg nOnE with our signature", format!("{}.{signature}", none("nOnE"))),
        ("alg eddsa", forge.with_header("alg", json!("eddsa"))),
        ("alg Ed25519, which RFC 9864 knows", forge.with_header("alg", json!("Ed25519"))),
        ("alg ES256 on our signature", forge.with_header("alg", json!("ES256"))),
        ("alg HS256 on our signature", forge.with_header("alg", json!("HS256"))),
        ("alg missing", forge.without_header("alg")),
        ("alg null", forge.with_header("alg", json!(null))),
        ("alg in a list", forge.with_header("alg", json!(["EdDSA"]))),
        ("no signature", format!("{message}.")),
        ("a signature of zeros", format!("{message}.{}", "A".repeat(86))),
        (
            "our signature of something else",
            format!("{}.{signature}", unsigned(&good_header(), &json!({"sub": "eve"}))),
        ),
        ("a signature cut short", forge.good()[..forge.good().len() - 4].to_owned()),
        ("a signature with more behind it", forge.good() + "AAAA"),
    ];
    for (what, token) in forgeries {
        assert_invalid(&forge, what, &token);
    }
}

#[test]
fn r52_r54_headers_that_lead_elsewhere_are_refused() {
    let forge = Forge::new();
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": forge.x, "kid": "one"});
    let headers = [
        ("jku", json!("https://evil.example/jwks.json")),
        ("x5u", json!("https://evil.example/cert.pem")),
        ("jwk", jwk),
        ("x5c", json!(["MIIB"])),
        ("x5t", json!("AA")),
        ("x5t#S256", json!("AA")),
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("crit", json!("exp")),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
        ("enc", json!("A256GCM")),
        ("cty", json!("JWT")),
        ("anything", json!(1)),
    ];
    for (name, value) in headers {
        assert_invalid(&forge, name, &forge.with_header(name, value));
    }
}

#[test]
fn r53_a_key_is_found_by_its_exact_name() {
    let forge = Forge::new();
    let names = [
        json!("two"),
        json!("One"),
        json!("one "),
        json!("one\0"),
        json!(""),
        json!("x".repeat(65)),
        json!("one".repeat(100)),
        json!("../../../../dev/null"),
        json!("/proc/self/environ"),
        json!("' or '1'='1"),
        json!("https://evil.example/key"),
        json!(1),
        json!(null),
        json!(["one"]),
        json!({"one": 1}),
    ];
    for name in names {
        assert_invalid(&forge, &format!("kid {name}"), &forge.with_header("kid", name));
    }
    assert_invalid(&forge, "no kid", &forge.without_header("kid"));
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
fn r55_only_the_type_of_an_access_token_is_accepted() {
    let forge = Forge::new();
    let types =
        ["JWT", "rt+jwt", "revocations+jwt", "dpop+jwt", "id+jwt", "AT+JWT", "application/at+jwt", "at+jwt ", ""];
    for typ in types {
        assert_invalid(&forge, typ, &forge.with_header("typ", json!(typ)));
    }
    for typ in [json!(null), json!(1), json!(["at+jwt"])] {
        assert_invalid(&forge, &format!("typ {typ}"), &forge.with_header("typ", typ));
    }
    assert_invalid(&forge, "no typ", &forge.without_header("typ"));
}

#[test]
fn r56_every_claim_is_required_and_has_its_type() {
    let forge = Forge::new();
    let texts = ["iss", "aud", "sub", "sid", "jti", "name"];
    let times = ["iat", "nbf", "exp", "auth_time"];

    for name in texts.into_iter().chain(times).chain(["roles"]) {
        assert_invalid(&forge, &format!("no {name}"), &forge.without_claim(name));
        for wrong in [json!(null), json!(true), json!({}), json!([]), json!([1]), json!(1.5)] {
            if name == "roles" && wrong == json!([]) {
                continue;
            }
            assert_invalid(&forge, &format!("{name} = {wrong}"), &forge.with_claim(name, wrong));
        }
    }
    for name in texts {
        assert_invalid(&forge, name, &forge.with_claim(name, json!(17)));
    }
    for name in ["iss", "aud", "sub", "sid", "jti"] {
        assert_invalid(&forge, name, &forge.with_claim(name, json!("")));
    }
    for name in times {
        assert_invalid(&forge, name, &forge.with_claim(name, json!(NOW.to_string())));
    }
    for roles in [json!("admin"), json!([null]), json!([["admin"]]), json!({"0": "admin"})] {
        assert_invalid(&forge, &format!("roles = {roles}"), &forge.with_claim("roles", roles));
    }
}

#[test]
fn r56_issuer_and_audience_are_exact() {
    let forge = Forge::new();
    let near = |exact: &str| {
        [
            json!(format!("{exact}/")),
            json!(exact.to_uppercase()),
            json!(format!(" {exact}")),
            json!(format!("{exact}.evil.example")),
            json!(exact[..exact.len() - 1]),
            json!([exact]),
            json!([exact, "https://evil.example"]),
            json!({"0": exact}),
        ]
    };
    for value in near(ISSUER) {
        assert_invalid(&forge, &format!("iss {value}"), &forge.with_claim("iss", value));
    }
    for value in near(AUDIENCE) {
        assert_invalid(&forge, &format!("aud {value}"), &forge.with_claim("aud", value));
    }
    assert_invalid(&forge, "aud as iss", &forge.with_claim("iss", json!(AUDIENCE)));
}

#[test]
fn r60_a_token_of_more_than_4096_bytes_is_refused_unread() {
    let forge = Forge::new();
    let long = |bytes: usize| forge.with_claim("name", json!("x".repeat(bytes)));
    let longest = (1..MAX_BYTES).rfind(|n| long(*n).len() <= MAX_BYTES).expect("one that fits");
    assert!(forge.check(&long(longest), NOW).is_ok());
    assert_eq!(forge.check(&long(longest + 3), NOW), Err(Refused::Invalid("too long")));
    assert_eq!(forge.check(&"x".repeat(4097), NOW), Err(Refused::Invalid("too long")));
    assert_invalid(&forge, "a megabyte", &"x.".repeat(1 << 19));
}

#[test]
fn a_token_of_another_kind_is_refused_before_its_key_is_asked_for() {
    let forge = Forge::new();
    let kind = jws::Kind { typ: "rt+jwt", algorithm: Algorithm::HS256, max_bytes: MAX_BYTES };
    let opened = jws::open::<Value>(&forge.good(), kind, |_| panic!("no key is needed"));
    assert!(opened.is_err());
}
