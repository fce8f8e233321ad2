//! Counterfeits with good content in another encoding: duplicate members, other base64, other JSON, too long.

use serde_json::{Value, json};

use super::{Case, Forge, bad};

impl Forge {
    pub(super) fn encodings(&self) -> Vec<Case> {
        [self.duplicate_members(), self.other_encodings(), self.unused_bits(), self.not_objects(), self.too_long()]
            .into_iter()
            .flatten()
            .collect()
    }

    fn duplicate_members(&self) -> Vec<Case> {
        let (header, claims) = (self.header().to_string(), self.claims().to_string());
        let appended = |object: &str, member: &str| format!("{},{member}}}", &object[..object.len() - 1]);
        let prepended = |object: &str, member: &str| format!("{{{member},{}", &object[1..]);
        let kid = format!("\"kid\":{:?}", self.kid);

        let mut tokens = Vec::new();
        for member in [r#""alg":"EdDSA""#, r#""typ":"at+jwt""#, &kid, r#""kid":null"#, r#""alg":"none""#] {
            tokens.push((format!("{member} twice"), self.sign_text(&appended(&header, member), &claims)));
            tokens.push((format!("{member} first"), self.sign_text(&prepended(&header, member), &claims)));
        }
        for (name, value) in self.claims().as_object().expect("an object") {
            let token = self.sign_text(&header, &appended(&claims, &format!("\"{name}\":{value}")));
            tokens.push((format!("{name} twice"), token));
        }
        let others = [r#""sub":"eve""#, r#""exp":1"#, r#""roles":["admin","root"]"#];
        tokens.extend(
            others.map(|member| (format!("{member} first"), self.sign_text(&header, &prepended(&claims, member)))),
        );
        let escaped = self.sign_text(&header, &appended(&claims, r#""s\u0075b":"eve""#));
        tokens.push(("a duplicate name with an escape".into(), escaped));
        bad("duplicate member (RFC 7519, section 4)", tokens)
    }

    fn other_encodings(&self) -> Vec<Case> {
        let good = self.good();
        let parts: Vec<&str> = good.split('.').collect();
        let [header, claims, signature] = parts[..] else { panic!("three parts") };
        let tokens = [
            ("an empty string", String::new()),
            ("a dot", ".".into()),
            ("two dots", "..".into()),
            ("three dots", "...".into()),
            ("two parts", format!("{header}.{claims}")),
            ("four parts", format!("{good}.{signature}")),
            ("a trailing dot", format!("{good}.")),
            ("a leading dot", format!(".{good}")),
            ("five parts, as in JWE", format!("{header}.{claims}.{claims}.{claims}.{signature}")),
            ("padding", format!("{good}=")),
            ("double padding", format!("{good}==")),
            ("padding in the header", format!("{header}=.{claims}.{signature}")),
            ("a leading space", format!(" {good}")),
            ("a trailing space", format!("{good} ")),
            ("a trailing line break", format!("{good}\n")),
            ("a line break inside", format!("{header}.\n{claims}.{signature}")),
            ("a tab inside", format!("{header}\t.{claims}.{signature}")),
            ("a trailing NUL", format!("{good}\0")),
            ("the scheme in the token", format!("Bearer {good}")),
            ("percent-encoded dots", good.replace('.', "%2e")),
            ("no header", format!(".{claims}.{signature}")),
            ("no claims", format!("{header}..{signature}")),
            ("the alphabet of plain base64", format!("{}+/", &good[..good.len() - 2])),
            ("ideographic full stops for dots", good.replace('.', "。")),
        ];
        bad("encoding (RFC 7515, section 2)", tokens.map(|(what, token)| (what.to_owned(), token)))
    }

    fn unused_bits(&self) -> Vec<Case> {
        let good = self.good();
        // 64 bytes take 86 characters, of which the last has four unused bits.
        let (rest, last) = good.split_at(good.len() - 1);
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let others = alphabet.chars().filter(|character| !last.starts_with(*character));
        bad(
            "encoding (RFC 7515, section 2)",
            others.map(|character| (format!("{character} for {last}"), format!("{rest}{character}"))),
        )
    }

    fn not_objects(&self) -> Vec<Case> {
        let (header, claims) = (self.header().to_string(), self.claims().to_string());
        let values =
            |object: &Value, names: &[&str]| Value::Array(names.iter().map(|name| object[*name].clone()).collect());
        let order = ["iss", "aud", "sub", "sid", "jti", "iat", "nbf", "exp", "auth_time", "name", "roles"];
        let claims_in_order = values(&self.claims(), &order).to_string();
        let header_in_order = values(&self.header(), &["typ", "alg", "kid"]).to_string();

        let others = ["null", "1", "\"x\"", "", "{", "{}", "\u{1}"].map(str::to_owned);
        let changed =
            |text: &str| [format!(" {text}"), format!("{text}{text}"), format!("{text},"), format!("\u{feff}{text}")];
        let mut tokens = Vec::new();
        for text in others.iter().cloned().chain(changed(&header)).chain([header_in_order]) {
            tokens.push((format!("the header {}", excerpt(&text)), self.sign_text(&text, &claims)));
        }
        for text in others.iter().cloned().chain(changed(&claims)).chain([claims_in_order]) {
            tokens.push((format!("the claims {}", excerpt(&text)), self.sign_text(&header, &text)));
        }
        let not_utf8 = [&header.as_bytes()[..header.len() - 2], b"\xff\"}"].concat();
        tokens.push(("a header that is not UTF-8".into(), self.sign_bytes(&not_utf8, claims.as_bytes())));
        tokens.push(("claims that are not UTF-8".into(), self.sign_bytes(header.as_bytes(), b"\xff\xfe{}")));
        bad("encoding (RFC 7515, section 2)", tokens)
    }

    fn too_long(&self) -> Vec<Case> {
        let long = |bytes: usize| self.with_claim("name", json!("x".repeat(bytes)));
        let shortest = (2500..4096).map(long).find(|token| token.len() > 4096).expect("one that does not fit");
        let tokens = [
            (format!("{} bytes", shortest.len()), shortest),
            ("100,000 bytes".into(), long(75_000)),
            ("dots".into(), "x.".repeat(50_000)),
        ];
        bad("length", tokens)
    }
}

/// The first characters, for the description of a case.
fn excerpt(text: &str) -> String {
    format!("{:?}", text.chars().take(24).collect::<String>())
}
