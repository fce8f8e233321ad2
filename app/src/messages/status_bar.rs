//! Messages of the status bar.

/// For example `Can't reach the server since 20:15. Retrying…`
pub(crate) fn unreachable(since: &str) -> String {
    format!("Can't reach the server since {since}. Retrying…")
}

/// The user has logged out, but the server could not be reached.
pub(crate) const LOGOUT_PENDING: &str =
    "You are logged out on this device. Keep this page open until we can reach the server to finish.";

/// Another user has logged in, in another tab.
pub(crate) fn user_changed(name: &str) -> String {
    format!("You are now logged in as {name}.")
}
