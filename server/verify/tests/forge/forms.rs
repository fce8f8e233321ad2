//! Tokens that say nothing wrong, but are not written as we write them.

use serde_json::{Value, json};

use super::{Case, Forge, bad};

impl Forge {
    pub(super) fn forms(&self) -> Vec<Case> {
        [self.twice(), self.other_spellings(), self.unread_bits(), self.no_objects(), self.too_long()]
            .into_iter()
            .flatten()
            .collect()
    }

    fn twice(&self) -> Vec<Case> {
        let (header, claims) = (self.header().to_string(), self.claims().to_string());
        let twice = |object: &str, member: &str| format!("{},{member}}}", &object[..object.len() - 1]);
        let first = |object: &str, member: &str| format!("{{{member},{}", &object[1..]);
        let kid = format!("\"kid\":{:?}", self.kid);

        let mut tokens = Vec::new();
        for member in [r#""alg":"EdDSA""#, r#""typ":"at+jwt""#, &kid, r#""kid":null"#, r#""alg":"none""#] {
            tokens.push((format!("{member} twice"), self.sign_text(&twice(&header, member), &claims)));
            tokens.push((format!("{member} first"), self.sign_text(&first(&header, member), &claims)));
        }
        for (name, value) in self.claims().as_object().expect("an object") {
            let token = self.sign_text(&header, &twice(&claims, &format!("\"{name}\":{value}")));
            tokens.push((format!("{name} twice"), token));
        }
        let others = [r#""sub":"eve""#, r#""exp":1"#, r#""roles":["admin","root"]"#];
        tokens
            .extend(others.map(|member| (format!("{member} first"), self.sign_text(&header, &first(&claims, member)))));
        let escaped = self.sign_text(&header, &twice(&claims, r#""s\u0075b":"eve""#));
        tokens.push(("a name spelled with an escape, twice".into(), escaped));
        bad("R58", tokens)
    }

    fn other_spellings(&self) -> Vec<Case> {
        let good = self.good();
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
        bad("R59", spellings.map(|(what, token)| (what.to_owned(), token)))
    }

    fn unread_bits(&self) -> Vec<Case> {
        let good = self.good();
        // 64 bytes are 86 letters, of which the last has four bits too many.
        let (rest, last) = good.split_at(good.len() - 1);
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let others = alphabet.chars().filter(|letter| !last.starts_with(*letter));
        bad("R59", others.map(|letter| (format!("{letter} for {last}"), format!("{rest}{letter}"))))
    }

    fn no_objects(&self) -> Vec<Case> {
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
            tokens.push((format!("the header {}", shown(&text)), self.sign_text(&text, &claims)));
        }
        for text in others.iter().cloned().chain(changed(&claims)).chain([claims_in_order]) {
            tokens.push((format!("the claims {}", shown(&text)), self.sign_text(&header, &text)));
        }
        let no_text = [&header.as_bytes()[..header.len() - 2], b"\xff\"}"].concat();
        tokens.push(("a header that is no UTF-8".into(), self.sign_bytes(&no_text, claims.as_bytes())));
        tokens.push(("claims that are no UTF-8".into(), self.sign_bytes(header.as_bytes(), b"\xff\xfe{}")));
        bad("R59", tokens)
    }

    fn too_long(&self) -> Vec<Case> {
        let long = |bytes: usize| self.with_claim("name", json!("x".repeat(bytes)));
        let shortest = (2500..4096).map(long).find(|token| token.len() > 4096).expect("one that does not fit");
        let tokens = [
            (format!("{} bytes", shortest.len()), shortest),
            ("100,000 bytes".into(), long(75_000)),
            ("dots".into(), "x.".repeat(50_000)),
        ];
        bad("R60", tokens)
    }
}

/// The beginning, for a list that people read.
fn shown(text: &str) -> String {
    format!("{:?}", text.chars().take(24).collect::<String>())
}
