//! Messages of the login page: why the last session ended, and what sessions are limited to.

use doorward::SessionEnd;
use doorward_api::EndReason;

use super::device;
use crate::components::SessionScope;

/// Why the last session ended. `at` is its time, for example "at 14:02", if known.
pub(crate) fn session_end(end: &SessionEnd, at: Option<&str>) -> String {
    let by = end.details.as_ref().and_then(|details| details.by.as_ref()).map(device);
    let at = at.map(|at| format!(" {at}")).unwrap_or_default();
    match (end.reason, by) {
        (EndReason::Revoked, Some(by)) => format!("This session was ended from {by}{at}."),
        (EndReason::PasswordChanged, Some(by)) => {
            format!("Your password was changed from {by}{at}. Log in with the new one.")
        }
        (EndReason::RevokedByAdmin, _) => format!("An administrator ended your session{at}."),
        (reason, _) => end_reason(reason).to_owned(),
    }
}

pub(crate) fn end_reason(reason: EndReason) -> &'static str {
    match reason {
        EndReason::Expired => "Your session has expired. Log in again.",
        EndReason::Idle => "Your session has expired because you were inactive. Log in again.",
        EndReason::LoggedOut => "You have logged out.",
        EndReason::Revoked => "This session was ended from another of your devices.",
        EndReason::RevokedByAdmin => "An administrator ended your session.",
        EndReason::PasswordChanged => "Your password was changed on another device. Log in with the new one.",
        EndReason::Replaced => "You were logged out because your account logged in again here or on too many devices.",
        EndReason::KeysReset => "Everyone has been logged out by the operator of this site. Log in again.",
        EndReason::PolicyChanged => "Our session rules have changed. Log in again.",
        EndReason::Unknown => {
            "Your session has ended. Log in again. If this keeps happening, check that your browser accepts cookies \
             from this site."
        }
    }
}

/// On a page that shows private data, which only the program can fetch.
pub(crate) const NO_SCRIPT: &str =
    "You are logged in. To show your account, this page needs JavaScript and WebAssembly: turn them on and reload it.";

/// Below the login form, where sessions end with their tab.
pub(crate) fn session_scope(scope: SessionScope) -> Option<&'static str> {
    match scope {
        SessionScope::Browser => None,
        SessionScope::Mixed => Some("For some accounts, reloading or closing the tab logs you out."),
        SessionScope::Tab => Some("You will be logged in on this tab only. Reloading or closing it logs you out."),
    }
}

/// Why no session is left after a reload.
pub(crate) fn lost_on_reload(scope: SessionScope) -> Option<&'static str> {
    match scope {
        SessionScope::Browser => None,
        SessionScope::Mixed => {
            Some("For some accounts, reloading or leaving the page logs you out. If you were logged in, log in again.")
        }
        SessionScope::Tab => Some("Reloading or leaving the page logs you out. If you were logged in, log in again."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use doorward_api::{Device, EndDetails, Timestamp};

    #[test]
    fn the_device_that_ended_the_session_is_named_with_the_time() {
        let by = Some(Device { browser: "Firefox".to_owned(), os: "Linux".to_owned() });
        let details = Some(EndDetails { at: Timestamp::new("2026-11-24T14:02:00Z"), by });
        let revoked = SessionEnd { reason: EndReason::Revoked, details: details.clone() };
        assert_eq!(session_end(&revoked, Some("at 14:02")), "This session was ended from Firefox on Linux at 14:02.");
        assert_eq!(session_end(&revoked, None), "This session was ended from Firefox on Linux.");
        assert_eq!(
            session_end(&SessionEnd::new(EndReason::Revoked), None),
            "This session was ended from another of your devices."
        );
        let changed = session_end(&SessionEnd { reason: EndReason::PasswordChanged, details }, Some("at 14:02"));
        assert!(changed.contains("Firefox on Linux at 14:02"), "{changed}");
    }

    #[test]
    fn tabs_are_mentioned_only_where_sessions_end_with_their_tab() {
        let browser = SessionScope::Browser;
        assert_eq!((session_scope(browser), lost_on_reload(browser)), (None, None));
        for scope in [SessionScope::Mixed, SessionScope::Tab] {
            assert!(session_scope(scope).is_some() && lost_on_reload(scope).is_some());
        }
    }
}
