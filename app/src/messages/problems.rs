//! Error messages of the server: a title for each kind of error, and what to do about it. On the server
//! only: for the common ones, pages have sentences of their own (see `errors.rs`).

use super::{
    Language,
    text::{fill, plural},
    time::about_in,
};
use crate::RegistrationMode;

#[derive(Debug, Default)]
pub struct Problems {
    pub malformed_request: &'static str,
    pub token_missing: &'static str,
    pub token_invalid: &'static str,
    pub token_expired: &'static str,
    pub session_missing: &'static str,
    pub session_ended: &'static str,
    pub step_up_required: &'static str,
    pub second_factor_required: &'static str,
    pub second_factor_invalid: &'static str,
    pub passkey_unknown: &'static str,
    pub second_factor_missing: &'static str,
    pub last_credential: &'static str,
    pub passkey_exists: &'static str,
    pub forbidden: &'static str,
    pub deletion_pending: &'static str,
    pub cross_site_request: &'static str,
    pub not_found: &'static str,
    pub method_not_allowed: &'static str,
    pub too_large: &'static str,
    pub target_too_long: &'static str,
    pub request_timeout: &'static str,
    pub unsupported_media_type: &'static str,
    pub last_administrator: &'static str,
    pub invalid_input: &'static str,
    pub ticket_invalid: &'static str,
    pub code_invalid: &'static str,
    pub too_many_attempts: &'static str,
    pub internal: &'static str,
    pub busy: &'static str,
    pub unavailable: &'static str,
    pub mail_unavailable: &'static str,
    // What to do.
    pub confirm_first: &'static str,
    pub confirm_with_factor: &'static str,
    pub clear_cookies: &'static str,
    pub(crate) undo_with_link: &'static str,
    pub(crate) undo_by_operator: &'static str,
    pub(crate) role_required: &'static str,
    pub send_media_type: &'static str,
    pub log_in_instead: &'static str,
    pub make_administrator: &'static str,
    pub start_again: &'static str,
    pub remove_passkey: &'static str,
    pub add_second_factor: &'static str,
    pub add_credential: &'static str,
    pub(crate) one_try_left: &'static str,
    pub(crate) tries_left: &'static str,
    pub(crate) try_again_in: &'static str,
    pub cause_in_log: &'static str,
    pub try_again: &'static str,
}

impl Problems {
    /// How the deletion of an account can be undone, until a time in words.
    pub fn undo_until(&self, time: &str, has_link: bool) -> String {
        let template = if has_link { self.undo_with_link } else { self.undo_by_operator };
        fill(template, &[("time", time)])
    }

    pub fn role_required(&self, role: &str) -> String {
        fill(self.role_required, &[("role", role)])
    }

    pub fn tries_left(&self, count: u32) -> String {
        plural(count as usize, self.one_try_left, self.tries_left)
    }
}

impl Language {
    pub fn problems(self) -> &'static Problems {
        &self.messages().problems
    }

    pub fn try_again_in(self, seconds: u64) -> String {
        fill(self.problems().try_again_in, &[("time", &about_in(&self.messages().time, seconds))])
    }

    pub fn invalid_credentials(self) -> &'static str {
        self.messages().errors.invalid_credentials
    }

    /// Why there is no registration.
    pub fn registration_closed(self, mode: RegistrationMode) -> &'static str {
        self.messages().register.closed_in(mode)
    }

    pub fn email_taken(self) -> &'static str {
        self.messages().errors.email_taken
    }

    /// Why a form was rejected that only the WebAssembly can send.
    pub fn requires_webassembly(self) -> &'static str {
        self.messages().document.requires_webassembly
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_login_says_until_when_and_how_a_deletion_can_be_undone() {
        let text = |language: Language, has_link| language.problems().undo_until("2026-01-08 00:00 UTC", has_link);
        assert_eq!(
            text(Language::English, true),
            "Until 2026-01-08 00:00 UTC, you can undo that with the link in the mail that we sent you."
        );
        for (language, operator) in [(Language::English, "operator"), (Language::German, "Betreiber")] {
            assert!(!text(language, true).contains(operator) && text(language, false).contains(operator));
            assert!(text(language, false).contains("2026-01-08 00:00 UTC"));
        }
    }
}
