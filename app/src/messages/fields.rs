//! Why a field was rejected. On the server only: the browser shows what the server sends.

use super::{Language, text::fill};

#[derive(Debug, Default)]
pub struct Fields {
    pub repeated: &'static str,
    pub unknown: &'static str,
    pub email: &'static str,
    pub email_domain: &'static str,
    pub email_unchanged: &'static str,
    pub code: &'static str,
    pub totp_code: &'static str,
    pub second_factor: &'static str,
    pub second_factors: &'static str,
    pub roles: &'static str,
    pub name: &'static str,
    pub label: &'static str,
    pub passkey: &'static str,
    pub passkey_name: &'static str,
    pub passkey_name_taken: &'static str,
    pub too_many_passkeys: &'static str,
    pub search: &'static str,
    pub cursor: &'static str,
    pub moment: &'static str,
    pub answer: &'static str,
    pub(crate) password_too_long: &'static str,
    pub(crate) password_too_short: &'static str,
    pub(crate) password_too_short_visibly: &'static str,
    pub password_personal: &'static str,
    pub password_common: &'static str,
    pub password_unchanged: &'static str,
    pub password_breached: &'static str,
    pub password_missing: &'static str,
}

impl Fields {
    pub fn password_too_long(&self, max_bytes: usize, letters: usize) -> String {
        fill(self.password_too_long, &[("bytes", &max_bytes.to_string()), ("letters", &letters.to_string())])
    }

    /// `is_partly_invisible`: the password has characters that do not count.
    pub fn password_too_short(&self, min: usize, length: usize, is_partly_invisible: bool) -> String {
        let template = if is_partly_invisible { self.password_too_short_visibly } else { self.password_too_short };
        fill(template, &[("min", &min.to_string()), ("length", &length.to_string())])
    }
}

impl Language {
    pub fn fields(self) -> &'static Fields {
        &self.messages().fields
    }

    /// A required field is empty.
    pub fn missing_field(self, name: &str) -> &'static str {
        self.messages().form.missing_field(name)
    }
}
