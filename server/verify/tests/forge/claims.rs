//! Counterfeits with the wrong claims: missing, of another type, for another recipient, or with impossible times.

use doorward_verify::MAX_TOKEN_LIFETIME;
use serde_json::{Value, json};

use super::{Case, Forge, bad};

const STRINGS: [&str; 6] = ["iss", "aud", "sub", "sid", "jti", "name"];
const TIMES: [&str; 4] = ["iat", "nbf", "exp", "auth_time"];

impl Forge {
    pub(super) fn claims_changed(&self) -> Vec<Case> {
        [
            self.missing_or_mistyped(),
            self.for_another_recipient(),
            self.with_impossible_times(),
            self.times_not_written_as_integers(),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn claim(&self, (name, value): (&str, Value)) -> (String, String) {
        (format!("{name} = {value}"), self.with_claim(name, value))
    }

    fn missing_or_mistyped(&self) -> Vec<Case> {
        let mut tokens = Vec::new();
        for name in STRINGS.into_iter().chain(TIMES).chain(["roles"]) {
            tokens.push((format!("no {name}"), self.without_claim(name)));
            let wrong = [json!(null), json!(true), json!({}), json!([]), json!([1]), json!(1.5)];
            let wrong = wrong.into_iter().filter(|value| name != "roles" || *value != json!([]));
            tokens.extend(wrong.map(|value| self.claim((name, value))));
        }
        tokens.extend(STRINGS.map(|name| self.claim((name, json!(17)))));
        tokens.extend(["iss", "aud", "sub", "sid", "jti"].map(|name| self.claim((name, json!("")))));
        tokens.extend(TIMES.map(|name| self.claim((name, json!(self.now.to_string())))));
        let wrong = [json!(true), json!({}), json!({"1": null}), json!([1]), json!(1)];
        tokens.extend(["acr", "amr"].into_iter().flat_map(|name| wrong.clone().map(|value| self.claim((name, value)))));
        tokens.extend([self.claim(("acr", json!(["1"]))), self.claim(("amr", json!("pwd")))]);
        let roles = [json!("admin"), json!([null]), json!([["admin"]]), json!({"0": "admin"})];
        tokens.extend(roles.map(|value| self.claim(("roles", value))));
        bad("claim (RFC 9068, section 2.2)", tokens)
    }

    fn for_another_recipient(&self) -> Vec<Case> {
        let variants = |exact: &str| {
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
        let of = |name, exact: &str| variants(exact).map(|value| self.claim((name, value)));
        let tokens = of("iss", &self.issuer).into_iter().chain(of("aud", &self.audience));
        bad("claim (RFC 9068, section 2.2)", tokens.chain([self.claim(("iss", json!("https://other.example")))]))
    }

    fn with_impossible_times(&self) -> Vec<Case> {
        let now = self.now;
        let changes = [
            ("exp", json!(now + MAX_TOKEN_LIFETIME + 1)),
            ("exp", json!(i64::MAX)),
            ("exp", json!(u64::MAX)),
            ("exp", json!(-1)),
            ("exp", json!(0)),
            ("exp", json!(i64::MIN)),
            ("exp", json!(now - 10)), // before iat
            ("iat", json!(now + 200)),
            ("iat", json!(0)),
            ("iat", json!(-now)),
            ("iat", json!(i64::MIN)),
            ("iat", json!(i64::MAX)),
            ("nbf", json!(now + 200)),
            ("nbf", json!(i64::MAX)),
            ("nbf", json!(-1)),
            ("nbf", json!(0)),
            ("nbf", json!(i64::MIN)),
            ("auth_time", json!(now + 1)),
            ("auth_time", json!(0)),
            ("auth_time", json!(i64::MIN)),
        ];
        bad("time (RFC 7519, section 4.1)", changes.map(|change| self.claim(change)))
    }

    fn times_not_written_as_integers(&self) -> Vec<Case> {
        let spellings =
            ["1700000000.0", "1.7e9", "1e400", "\"1700000000\"", "1_700_000_000", "01700000000", "+1", "true", "NaN"];
        let mut tokens = Vec::new();
        for name in TIMES {
            let (claims, good) = (self.claims().to_string(), format!("\"{name}\":{}", self.claims()[name]));
            assert!(claims.contains(&good));
            let exact = self.claims()[name].to_string();
            for spelling in spellings.map(str::to_owned).into_iter().chain([format!("{exact}.0"), format!("{exact}e0")])
            {
                let changed = claims.replace(&good, &format!("\"{name}\":{spelling}"));
                tokens.push((format!("{name} = {spelling}"), self.sign_text(&self.header().to_string(), &changed)));
            }
        }
        bad("time (RFC 7519, section 4.1)", tokens)
    }
}
