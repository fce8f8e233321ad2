//! Headers that lead elsewhere, name another key, or belong to another kind of token.

use serde_json::json;

use super::{Case, Forge, bad};

impl Forge {
    pub(super) fn headers(&self) -> Vec<Case> {
        [self.leading_elsewhere(), self.of_other_keys(), self.of_other_types()].into_iter().flatten().collect()
    }

    fn leading_elsewhere(&self) -> Vec<Case> {
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
        let told = |(name, value): (&str, serde_json::Value)| {
            (format!("{name} = {value} in the header"), self.with_header(name, value))
        };
        bad("R52, R54", headers.map(told))
    }

    fn of_other_keys(&self) -> Vec<Case> {
        let kid = &self.kid;
        let names = [
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
        let mut tokens: Vec<_> = names
            .map(|name| (format!("kid {}", name.to_string().chars().take(40).collect::<String>()), name))
            .map(|(what, name)| (what, self.with_header("kid", name)))
            .into();
        tokens.push(("no kid".into(), self.without_header("kid")));
        bad("R53", tokens)
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
        bad("R55", tokens)
    }
}
