//! Messages of the login page: why the last session ended, and what sessions are limited to.

use doorward::SessionEnd;
use doorward_api::EndReason;

use super::{catalog::messages, device, messages, text::fill};
use crate::components::SessionScope;

messages! {
    Login {
        title,
        button,
        new_here,
        create_account,
        forgot,
        trouble,
        terms,
        privacy,
        revoked_by,
        password_changed_by,
        revoked_by_admin,
        expired,
        idle,
        logged_out,
        revoked,
        password_changed,
        replaced,
        keys_reset,
        restored,
        policy_changed,
        not_me,
        too_many_confirmations,
        email_restored,
        account_deleted,
        credential_removed,
        factor_reset,
        ended,
        scope_mixed,
        scope_tab,
        lost_mixed,
        lost_tab,
    }
}

/// Why the last session ended. `at` is its time, for example "at 14:02", if known.
pub(crate) fn session_end(end: &SessionEnd, at: Option<&str>) -> String {
    let login = &messages().login;
    let by = end.details.as_ref().and_then(|details| details.by.as_ref()).map(device);
    let template = match (end.reason, &by) {
        (EndReason::Revoked, Some(_)) => login.revoked_by,
        (EndReason::PasswordChanged, Some(_)) => login.password_changed_by,
        (EndReason::RevokedByAdmin, _) => login.revoked_by_admin,
        (reason, _) => end_reason(reason),
    };
    let at = at.map(|at| " ".to_owned() + at).unwrap_or_default();
    fill(template, &[("by", by.as_deref().unwrap_or_default()), ("at", &at)])
}

pub(crate) fn end_reason(reason: EndReason) -> &'static str {
    let login = &messages().login;
    match reason {
        EndReason::Expired => login.expired,
        EndReason::Idle => login.idle,
        EndReason::LoggedOut => login.logged_out,
        EndReason::Revoked => login.revoked,
        EndReason::RevokedByAdmin => login.revoked_by_admin,
        EndReason::PasswordChanged => login.password_changed,
        EndReason::Replaced => login.replaced,
        EndReason::KeysReset => login.keys_reset,
        EndReason::Restored => login.restored,
        EndReason::PolicyChanged => login.policy_changed,
        EndReason::NotMe => login.not_me,
        EndReason::TooManyConfirmations => login.too_many_confirmations,
        EndReason::EmailRestored => login.email_restored,
        EndReason::AccountDeleted => login.account_deleted,
        EndReason::CredentialRemoved => login.credential_removed,
        EndReason::FactorReset => login.factor_reset,
        EndReason::Unknown => login.ended,
    }
}

/// Whether the user should check that the end was the user's own act.
pub(crate) fn is_alarming(reason: EndReason) -> bool {
    matches!(
        reason,
        EndReason::Revoked
            | EndReason::RevokedByAdmin
            | EndReason::PasswordChanged
            | EndReason::NotMe
            | EndReason::TooManyConfirmations
            | EndReason::EmailRestored
            | EndReason::AccountDeleted
            | EndReason::CredentialRemoved
            | EndReason::FactorReset
    )
}

/// Below the login form, where sessions end with their tab.
pub(crate) fn session_scope(scope: SessionScope) -> Option<&'static str> {
    match scope {
        SessionScope::Browser => None,
        SessionScope::Mixed => Some(messages().login.scope_mixed),
        SessionScope::Tab => Some(messages().login.scope_tab),
    }
}

/// Why no session is left after a reload.
pub(crate) fn lost_on_reload(scope: SessionScope) -> Option<&'static str> {
    match scope {
        SessionScope::Browser => None,
        SessionScope::Mixed => Some(messages().login.lost_mixed),
        SessionScope::Tab => Some(messages().login.lost_tab),
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
