//! Messages of the registration page and of the page for the code.

use super::{catalog::messages, messages, text::fill};
use crate::RegistrationMode;

messages! {
    Register {
        title,
        button,
        have_account,
        log_in,
        closed,
        by_invitation,
        check_email,
        code_sent,
        code,
        send_new_code,
        new_code_sent,
        other_email,
    }
}

impl Register {
    /// Why there is no form.
    pub(crate) fn closed_in(&self, mode: RegistrationMode) -> &'static str {
        if mode == RegistrationMode::Invite { self.by_invitation } else { self.closed }
    }
}

/// Where the code was sent to.
pub(crate) fn code_sent(email: &str) -> String {
    fill(messages().register.code_sent, &[("email", email)])
}
