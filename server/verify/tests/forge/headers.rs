//! Counterfeits with the wrong header: unknown parameters, another key, or another type.

use serde_json::json;

use super::{Case, Forge, bad};

impl Forge {
    pub(super) fn headers(&self) -> Vec<Case> {
        [self.with_unknown_parameters(), self.of_other_keys(), self.of_other_types()].into_iter().flatten().collect()
    }

    fn with_unknown_parameters(&self) -> Vec<Case> {
        let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": self.x, "kid": self.kid});
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
        let case = |(name, value): (&str, serde_json::Value)| {
            (format!("{name} = {value} in the header"), self.with_header(name, value))
        };
        bad("header parameter (RFC 8725, section 3.10)", headers.map(case))
    }

    fn of_other_keys(&self) -> Vec<Case> {
        let kid = &self.kid;
        let kids = [
            json!("two"),
            json!(kid.to_uppercase() + kid),
            json!(format!("{kid} ")),
            json!(format!("{kid}\0")),
            json!(""),
            json!("x".repeat(65)),
            json!(kid.repeat(100)),
            json!("../../../../dev/null"),
            json!("/proc/self/environ"),
            json!("' or '1'='1"),
            json!("https://evil.example/key"),
            json!("__proto__"),
            json!("constructor"),
            json!(1),
            json!(null),
            json!([kid]),
            json!({"one": 1}),
        ];
        let mut tokens: Vec<_> = kids
            .map(|kid| (format!("kid {}", kid.to_string().chars().take(40).collect::<String>()), kid))
            .map(|(what, kid)| (what, self.with_header("kid", kid)))
            .into();
        tokens.push(("no kid".into(), self.without_header("kid")));
        bad("kid (RFC 8725, section 3.10)", tokens)
    }

    fn of_other_types(&self) -> Vec<Case> {
        let types = [
            json!("JWT"),
            json!("rt+jwt"),
            json!("revocations+jwt"),
            json!("dpop+jwt"),
            json!("id+jwt"),
            json!("AT+JWT"),
            json!("application/at+jwt"),
            json!("at+jwt "),
            json!(""),
            json!(null),
            json!(1),
            json!(["at+jwt"]),
        ];
        let mut tokens: Vec<_> = types.map(|typ| (format!("typ {typ}"), self.with_header("typ", typ))).into();
        tokens.push(("no typ".into(), self.without_header("typ")));
        bad("typ (RFC 9068, section 4)", tokens)
    }
}
