//! Secrets that a log must not have.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use url::form_urlencoded;

#[derive(Default)]
pub struct Secrets(pub Vec<String>);

impl Secrets {
    pub fn add(&mut self, secret: &str) {
        // What a cookie is cleared with, and what is too short to be recognized.
        if secret.len() >= 12 {
            self.0.push(secret.to_owned());
        }
    }

    /// Adds tokens and cookies of a response, and returns those that authorize the next request.
    pub fn collect(&mut self, head: &str, body: &Value) -> String {
        for name in ["access_token", "refresh_token"] {
            self.add(body[name].as_str().unwrap_or_default());
        }
        let token = body["access_token"].as_str().map(|token| format!("authorization: Bearer {token}\r\n"));
        let cookies: Vec<&str> = head
            .lines()
            .filter_map(|line| line.strip_prefix("set-cookie: ")?.split(';').next())
            .filter(|cookie| !cookie.ends_with('='))
            .collect();
        for cookie in &cookies {
            self.add(cookie.split_once('=').expect("a value").1);
        }
        let cookies = (!cookies.is_empty()).then(|| format!("cookie: {}\r\n", cookies.join("; ")));
        token.into_iter().chain(cookies).collect()
    }

    /// Every encoding in which a log could have a secret.
    pub fn found_in(&self, log: &str) -> Vec<String> {
        let encodings: [fn(&str) -> String; 7] = [
            str::to_owned,
            |secret| utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string(),
            |secret| form_urlencoded::byte_serialize(secret.as_bytes()).collect(),
            |secret| STANDARD_NO_PAD.encode(secret),
            |secret| URL_SAFE_NO_PAD.encode(secret),
            |secret| hex::encode(secret),
            |secret| format!("{:?}", secret.as_bytes()),
        ];
        // Debug output and JSON escape some characters.
        let escaped = |secret: &str| secret.escape_debug().to_string();
        let mut found = Vec::new();
        for secret in &self.0 {
            let mut forms: Vec<String> = encodings.iter().map(|encode| encode(secret)).collect();
            forms.push(escaped(secret));
            // The parts of a JWT: its signature alone completes what else is guessed.
            forms.extend(secret.split('.').filter(|part| part.len() > 40).map(str::to_owned));
            found.extend(forms.into_iter().filter(|form| log.contains(form)).map(|form| format!("{secret} as {form}")));
        }
        found
    }
}
