//! Messages of the page for invitations. On the server only: it has no scripts.

use super::{messages, text::fill};

#[derive(Debug, Default)]
pub(crate) struct Invitation {
    pub(crate) invited_as: &'static str,
    pub(crate) min_length: &'static str,
    pub(crate) invalid_title: &'static str,
    pub(crate) invalid: &'static str,
}

/// For whom the account is.
pub(crate) fn invited_as(email: &str) -> String {
    fill(messages().invitation.invited_as, &[("email", email)])
}

/// The rule for a new password.
pub(crate) fn min_length(count: usize) -> String {
    fill(messages().invitation.min_length, &[("count", &count.to_string())])
}
