//! The state machine in isolation: late events, and what advances the epoch.

use std::time::Duration;

use doorward_api::{
    EndReason,
    PolicyName::{self, Banking},
};

use super::support::{
    endpoints::refresh_token,
    policies::{EACH, under},
    server::Server,
};
use crate::{
    SessionEnd, Status,
    active_session::ActiveSession,
    clock::{Clocks, Moment},
    state::{SessionEvent, SessionState},
};

const NOW: Moment = Moment(Duration::ZERO);

#[expect(clippy::unnecessary_wraps, reason = "all uses want the option")]
const fn because(reason: EndReason) -> Option<SessionEnd> {
    Some(SessionEnd::new(reason))
}

/// The state after an event of the current epoch.
fn after(state: &SessionState, event: SessionEvent) -> SessionState {
    state.after(state.epoch(), event, NOW)
}

fn session_of(user: &str, policy: PolicyName) -> Box<ActiveSession> {
    let server = Server::new(policy);
    let session = server.start_session(user, Duration::ZERO);
    let refresh_token = refresh_token(policy.credential_storage(), session);
    let body = server.issue(session, refresh_token, Duration::ZERO).to_string();
    let now = Clocks { monotonic: NOW, wall: 0.0 };
    ActiveSession::from_response(body.as_bytes(), None, now, NOW, 0.0).expect("a session")
}

fn logged_in(policy: PolicyName) -> SessionState {
    after(&SessionState::initial(false), SessionEvent::LoggedIn(session_of("ada", policy)))
}

#[test]
fn an_event_of_an_earlier_epoch_changes_nothing() {
    let initial = SessionState::initial(true);
    let state = after(&initial, SessionEvent::LoggedOut);

    for event in [SessionEvent::Ended(because(EndReason::Idle)), SessionEvent::LoggedOut, SessionEvent::TimePassed] {
        let late = state.after(initial.epoch(), event, NOW);
        assert_eq!((late.epoch(), late.status()), (state.epoch(), state.status()));
    }
}

#[test]
fn the_epoch_advances_with_the_session_only() {
    let state = SessionState::initial(true);
    let advances = |event| after(&state, event).epoch() != state.epoch();

    assert!(advances(SessionEvent::LoggedOut));
    assert!(advances(SessionEvent::Ended(None)));
    assert!(!advances(SessionEvent::TimePassed));
}

#[test]
fn a_better_reason_may_arrive_late() {
    let unsure = after(&SessionState::initial(true), SessionEvent::Ended(because(EndReason::Unknown)));
    let end = because(EndReason::LoggedOut);

    let sure = after(&unsure, SessionEvent::EndedInAnotherTab { session: None, end: end.clone() });

    assert_eq!((sure.epoch(), sure.status()), (unsure.epoch(), Status::Anonymous { end }));
}

#[test]
fn an_anonymous_state_does_not_end_again() {
    let state = after(&SessionState::initial(false), SessionEvent::Ended(because(EndReason::Idle)));

    assert_eq!(state.status(), Status::Anonymous { end: None });
}

#[test]
fn only_a_non_renewable_session_requires_reauthentication() {
    under(EACH, |policy| {
        let state = logged_in(policy);
        let end = state.expires_at().expect("an end");

        let expired = state.after(state.epoch(), SessionEvent::TimePassed, end);

        let requires_reauth = policy == Banking;
        assert_eq!(matches!(expired.status(), Status::ReauthRequired { .. }), requires_reauth);
        assert_eq!(expired.epoch() == state.epoch(), requires_reauth);
        assert_eq!(expired.continues_in(state.epoch()), requires_reauth);
    });
}

#[test]
fn requests_from_before_the_expiry_continue_for_the_same_user_only() {
    let before = logged_in(Banking);
    let expired = after(&before, SessionEvent::TokenExpired);
    let again = |user| after(&expired, SessionEvent::LoggedIn(session_of(user, Banking)));

    assert!(again("ada").continues_in(before.epoch()) && again("ada").epoch() != before.epoch());
    assert!(!again("bob").continues_in(before.epoch()));
    for end in [SessionEvent::Declined, SessionEvent::LoggedOut, SessionEvent::Ended(because(EndReason::Revoked))] {
        assert!(!after(&expired, end).continues_in(before.epoch()));
    }
}

#[test]
fn requests_do_not_continue_after_a_session_of_another_user() {
    let first = logged_in(Banking);
    let and_then = |state: &SessionState, user| after(state, SessionEvent::LoggedIn(session_of(user, Banking)));

    let last = and_then(&and_then(&first, "bob"), "ada");

    assert!(!last.continues_in(first.epoch()));
}

#[test]
fn an_expired_session_reacts_to_its_user_and_its_end_only() {
    let expired = after(&logged_in(Banking), SessionEvent::TokenExpired);

    for event in [
        SessionEvent::TimePassed,
        SessionEvent::TokenExpired,
        SessionEvent::Restored(None),
        SessionEvent::Refreshed(session_of("ada", Banking)),
        SessionEvent::RefreshedInAnotherTab(session_of("bob", PolicyName::Retention)),
        SessionEvent::EndedInAnotherTab { session: None, end: None },
        SessionEvent::Ended(because(EndReason::Expired)),
    ] {
        assert_eq!(after(&expired, event).status(), expired.status());
    }
}

#[test]
fn the_suspected_end_is_shown_unless_the_server_sends_another() {
    let suspected = because(EndReason::Replaced);
    let unknown = after(&logged_in(PolicyName::Retention), SessionEvent::Restored(suspected.clone()));
    let revoked = because(EndReason::Revoked);
    for (sent, shown) in [(None, suspected), (revoked.clone(), revoked)] {
        assert_eq!(after(&unknown, SessionEvent::Ended(sent)).status(), Status::Anonymous { end: shown });
    }
}
