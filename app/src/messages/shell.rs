//! Messages of the frame around every page: header, navigation, status bar, and what many pages share.

use super::{catalog::messages, messages, text::fill};

messages! {
    Shell {
        skip,
        navigation,
        account,
        sessions,
        activity,
        users,
        inspector,
        log_out,
        one_moment,
        try_again,
        try_now,
        cancel,
        not_found,
        not_found_lead,
        go_home,
        offline,
        unreachable,
        logout_pending,
        user_changed,
    }
}

/// The server cannot be reached since this time of day.
pub(crate) fn unreachable(since: &str) -> String {
    fill(messages().shell.unreachable, &[("time", since)])
}

/// Another user has logged in, in another tab.
pub(crate) fn user_changed(name: &str) -> String {
    fill(messages().shell.user_changed, &[("name", name)])
}
