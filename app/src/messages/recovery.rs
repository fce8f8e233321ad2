//! Messages of the pages for those who cannot log in, or whose account a stranger may have used. On the server only: these
//! pages have no scripts.

use doorward_api::{AuditEvent, Device};

use super::{Language, event, in_language, messages, text::fill, time::about_in};

#[derive(Debug, Default)]
pub(crate) struct Recovery {
    pub(crate) forgot_title: &'static str,
    pub(crate) forgot_lead: &'static str,
    pub(crate) send_link: &'static str,
    pub(crate) link_sent: &'static str,
    pub(crate) reported: &'static str,
    pub(crate) back_to_login: &'static str,
    pub(crate) reset_title: &'static str,
    pub(crate) reset_for: &'static str,
    pub(crate) new_password: &'static str,
    pub(crate) password_hint: &'static str,
    pub(crate) second_factor: &'static str,
    pub(crate) second_factor_hint: &'static str,
    pub(crate) set_password: &'static str,
    pub(crate) done_title: &'static str,
    pub(crate) done: &'static str,
    pub(crate) dead_title: &'static str,
    pub(crate) dead: &'static str,
    pub(crate) get_link: &'static str,
    pub(crate) not_me_title: &'static str,
    pub(crate) happened_at: &'static str,
    pub(crate) happened_on: &'static str,
    pub(crate) consequence: &'static str,
    pub(crate) answer: &'static str,
    pub(crate) was_me: &'static str,
    pub(crate) was_not_me: &'static str,
    pub(crate) continue_button: &'static str,
    pub(crate) thanks_title: &'static str,
    pub(crate) thanks: &'static str,
    pub(crate) undo_title: &'static str,
    pub(crate) undo_lead: &'static str,
    pub(crate) undo_consequence: &'static str,
    pub(crate) keep_email: &'static str,
    pub(crate) restore_email: &'static str,
    pub(crate) kept: &'static str,
    pub(crate) problem_title: &'static str,
    pub(crate) deletion_title: &'static str,
    pub(crate) deletion_lead: &'static str,
    pub(crate) keep_account: &'static str,
    pub(crate) delete_account: &'static str,
    pub(crate) account_kept_title: &'static str,
    pub(crate) account_kept: &'static str,
    pub(crate) set_password_if_stranger: &'static str,
    pub(crate) factors_title: &'static str,
    pub(crate) factors_lead: &'static str,
    pub(crate) keep_factors: &'static str,
    pub(crate) remove_factors: &'static str,
    pub(crate) factors_kept_title: &'static str,
    pub(crate) factors_kept: &'static str,
    pub(crate) factors_unchanged: &'static str,
    pub(crate) unchanged_title: &'static str,
    pub(crate) unchanged: &'static str,
}

/// After a request for a link. The same for every address.
pub(crate) fn link_is_sent(lifetime_seconds: u64) -> String {
    let lifetime = about_in(&messages().time, lifetime_seconds);
    fill(messages().recovery.link_sent, &[("time", &lifetime)])
}

/// The account that gets a new password.
pub(crate) fn set_for(masked_email: &str) -> String {
    fill(messages().recovery.reset_for, &[("email", masked_email)])
}

/// The answer that undoes a change of the email.
pub(crate) fn restore_email(masked_email: &str) -> String {
    fill(messages().recovery.restore_email, &[("email", masked_email)])
}

/// Which account is going to be deleted, and when.
pub(crate) fn deletion_of(masked_email: &str, time: &str) -> String {
    fill(messages().recovery.deletion_lead, &[("email", masked_email), ("time", time)])
}

/// Whose second factors are going to be removed, and when.
pub(crate) fn factor_reset_of(masked_email: &str, time: &str) -> String {
    fill(messages().recovery.factors_lead, &[("email", masked_email), ("time", time)])
}

pub(crate) fn minimum_length(count: usize) -> String {
    fill(messages().recovery.password_hint, &[("count", &count.to_string())])
}

/// What a notice was about: the sentence of the activity page.
pub(crate) fn reported_event(reported: &AuditEvent) -> String {
    event(reported)
}

impl Language {
    /// For example `Firefox on Linux`.
    pub fn device(self, device: &Device) -> String {
        in_language(self, || super::device(device))
    }

    /// For example `15 minutes`.
    pub fn about(self, seconds: u64) -> String {
        about_in(&self.messages().time, seconds)
    }
}
