//! Counterfeits with a wrong signature or algorithm.

use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

use super::{Case, Forge, bad, changed, message, sign};

/// Header and claims without a signature.
fn unsigned(header: &Value, claims: &Value) -> String {
    message(header.to_string().as_bytes(), claims.to_string().as_bytes())
}

impl Forge {
    /// The claims of a good token, signed with another key or algorithm, which the header names.
    fn signed_otherwise(&self, algorithm: Algorithm, key: &EncodingKey) -> String {
        let header = changed(self.header(), "alg", json!(algorithm));
        sign(&unsigned(&header, &self.claims()), algorithm, key)
    }

    pub(super) fn signatures(&self) -> Vec<Case> {
        let hmac = |algorithm, secret: &[u8]| self.signed_otherwise(algorithm, &EncodingKey::from_secret(secret));
        let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": self.x, "kid": self.kid}).to_string();
        let good = self.good();
        let (message, signature) = good.rsplit_once('.').expect("three parts");
        let none = |name: &str| unsigned(&changed(self.header(), "alg", json!(name)), &self.claims());
        let other_claims = unsigned(&self.header(), &json!({"sub": "eve"}));
        let promoted = unsigned(&self.header(), &changed(self.claims(), "roles", json!(["admin", "root"])));

        let tokens = [
            ("another key", self.signed_otherwise(Algorithm::EdDSA, &Self::new().key)),
            ("HS256 with the public key in base64url", hmac(Algorithm::HS256, self.x.as_bytes())),
            ("HS256 with the bytes of the public key", hmac(Algorithm::HS256, &self.public)),
            ("HS256 with the public key as JSON", hmac(Algorithm::HS256, jwk.as_bytes())),
            ("HS384 with the public key", hmac(Algorithm::HS384, &self.public)),
            ("HS512 with the public key", hmac(Algorithm::HS512, &self.public)),
            ("HS256 with an empty secret", hmac(Algorithm::HS256, b"")),
            ("alg none", none("none") + "."),
            ("alg None", none("None") + "."),
            ("alg nOnE with a genuine signature", format!("{}.{signature}", none("nOnE"))),
            ("alg none with two parts", none("none")),
            ("alg eddsa", self.with_header("alg", json!("eddsa"))),
            ("alg Ed25519, as in RFC 9864", self.with_header("alg", json!("Ed25519"))),
            ("alg ES256 on a genuine signature", self.with_header("alg", json!("ES256"))),
            ("alg HS256 on a genuine signature", self.with_header("alg", json!("HS256"))),
            ("alg missing", self.without_header("alg")),
            ("alg null", self.with_header("alg", json!(null))),
            ("alg in a list", self.with_header("alg", json!(["EdDSA"]))),
            ("no signature", format!("{message}.")),
            ("a signature of zeros", format!("{message}.{}", "A".repeat(86))),
            ("a genuine signature of other claims", format!("{other_claims}.{signature}")),
            ("a genuine signature with an added role", format!("{promoted}.{signature}")),
            ("a shortened signature", good[..good.len() - 4].to_owned()),
            ("a signature with additional bytes", format!("{good}AAAA")),
        ];
        bad("signature (RFC 8725, section 3.1)", tokens.map(|(what, token)| (what.to_owned(), token)))
    }
}
