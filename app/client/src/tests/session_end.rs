//! The end of a session: by expiry, or reported by the server.

use std::time::Duration;

use doorward_api::{EndReason, PolicyName::Retention};
use serde_json::json;

use super::support::{
    policies::{RENEWABLE, WITH_COOKIE, WITH_REFRESH, under},
    replies::{Reply, SESSION_LIFETIME, problem, reply, session_ended, timestamp},
    server::{ME, REFRESH},
    tab::Tab,
};
use crate::{Error, SessionEnd, Status};

const SECOND: Duration = Duration::from_secs(1);

// Behavior 8.
#[test]
fn a_rejected_refresh_ends_the_session_for_all_callers_permanently() {
    under(WITH_REFRESH, |policy| {
        for (sent, reason) in [
            ("idle", EndReason::Idle),
            ("revoked", EndReason::Revoked),
            ("added in a later version", EndReason::Unknown),
        ] {
            let tab = Tab::with_expired_token(policy);
            tab.server.always_answers(REFRESH, session_ended(sent));
            tab.server.holds(REFRESH);
            let calls: Vec<_> = (0..10).map(|_| tab.get(ME)).collect();

            tab.server.releases(REFRESH);
            tab.run();

            assert!(
                calls
                    .into_iter()
                    .all(|call| call.failed() == Error::SessionEnded { end: Some(SessionEnd::new(reason)) })
            );
            assert_eq!(tab.status(), Status::Anonymous { end: Some(SessionEnd::new(reason)) });
            let before = tab.server.total();
            tab.get(ME).failed();
            tab.go_online();
            tab.advance(SESSION_LIFETIME);
            assert_eq!(tab.server.total(), before);
            assert_eq!(tab.status(), Status::Anonymous { end: Some(SessionEnd::new(reason)) });
        }
    });
}

// Behavior 8, 25.
#[test]
fn a_missing_cookie_ends_the_session_for_an_unknown_reason() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::with_expired_token(policy);
        tab.server.always_answers(REFRESH, problem(401, "session_missing"));

        tab.get(ME).failed();

        assert_eq!(tab.status(), Status::Anonymous { end: Some(SessionEnd::new(EndReason::Unknown)) });
    });
}

// Behavior 8.
#[test]
fn a_session_end_after_failures_stops_the_retries_and_shows_a_good_connection() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::with_expired_token(policy);
        tab.server.always_answers(REFRESH, Reply::ConnectionLost);
        tab.get(ME).failed();

        tab.server.always_answers(REFRESH, session_ended("idle"));
        tab.go_online();
        let before = tab.server.total();
        tab.advance(600 * SECOND);

        assert!(tab.is_online() && !tab.is_logged_in());
        assert_eq!(tab.server.total(), before);
    });
}

// Behavior 13.
#[test]
fn an_expired_session_sends_no_requests() {
    under(RENEWABLE, |policy| {
        let tab = Tab::logged_in(policy);
        tab.advance(SESSION_LIFETIME);
        let before = tab.server.total();

        assert_eq!(tab.get(ME).failed(), Error::SessionEnded { end: Some(SessionEnd::new(EndReason::Expired)) });

        assert_eq!(tab.server.total(), before);
        assert_eq!(tab.status(), Status::Anonymous { end: Some(SessionEnd::new(EndReason::Expired)) });
    });
}

// Behavior 13. No timer fired during sleep.
#[test]
fn a_session_that_expired_during_sleep_sends_no_requests() {
    under(RENEWABLE, |policy| {
        let tab = Tab::logged_in(policy);
        tab.sleep(SESSION_LIFETIME);
        let before = tab.server.total();

        assert_eq!(tab.get(ME).failed(), Error::SessionEnded { end: Some(SessionEnd::new(EndReason::Expired)) });

        assert_eq!(tab.server.total(), before);
    });
}

// Behavior 7, 13.
#[test]
fn retries_stop_if_the_session_expired_during_sleep() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::with_expired_token(policy);
        tab.server.always_answers(REFRESH, Reply::ConnectionLost);
        tab.get(ME).failed();
        tab.sleep(SESSION_LIFETIME);

        tab.go_online();

        assert_eq!(tab.refreshes(), 1);
        assert_eq!(tab.status(), Status::Anonymous { end: Some(SessionEnd::new(EndReason::Expired)) });
    });
}

// Behavior 13. The user does not touch the page.
#[test]
fn a_session_expires_on_time_without_a_request() {
    under(RENEWABLE, |policy| {
        let tab = Tab::logged_in(policy);

        tab.advance_until_left(SESSION_LIFETIME, SECOND);
        assert!(tab.is_logged_in());
        tab.advance(SECOND);

        assert_eq!(tab.status(), Status::Anonymous { end: Some(SessionEnd::new(EndReason::Expired)) });
    });
}

// Behavior 13.
#[test]
fn retries_stop_when_the_session_expires() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::logged_in(policy);
        tab.advance_until_left(SESSION_LIFETIME, 60 * SECOND);
        tab.server.always_answers(REFRESH, Reply::ConnectionLost);
        tab.get(ME).failed();

        tab.advance(60 * SECOND);
        let before = tab.server.total();
        tab.advance(600 * SECOND);

        assert_eq!(tab.status(), Status::Anonymous { end: Some(SessionEnd::new(EndReason::Expired)) });
        assert_eq!(tab.server.total(), before);
    });
}

// Behavior 14.
#[test]
fn a_refresh_never_moves_the_end_of_the_session() {
    under(WITH_REFRESH, |policy| {
        for later in [SESSION_LIFETIME * 7, SESSION_LIFETIME / 2, Duration::ZERO] {
            let tab = Tab::with_expired_token(policy);
            let Status::LoggedIn { session: before, .. } = tab.status() else { panic!("logged in") };
            let mut response = tab.server.refresh_response(Duration::from_mins(5));
            response["session"]["expires_at"] = json!(timestamp(later));
            tab.server.always_answers(REFRESH, reply(200, response.to_string()));
            tab.get(ME).succeeded();
            let Status::LoggedIn { session, .. } = tab.status() else { panic!("logged in") };
            assert_eq!(session.expires_at, before.expires_at);

            tab.advance_until_left(SESSION_LIFETIME, Duration::from_secs(301));
            assert!(tab.is_logged_in());
            tab.advance(SECOND);
            assert!(!tab.is_logged_in());
        }
    });
}

// Behavior 13. The time left counts from the first refresh of the page.
#[test]
fn a_session_found_on_page_load_expires_on_time() {
    under(WITH_COOKIE, |policy| {
        let tab = Tab::open(policy, true);
        tab.advance(SESSION_LIFETIME / 2);
        tab.hydrate();

        tab.advance_until_left(SESSION_LIFETIME / 2, SECOND);
        assert!(tab.is_logged_in());
        tab.advance(SECOND);
        assert!(!tab.is_logged_in());
    });
}

// Behavior 18.
#[test]
fn a_request_of_one_session_is_never_sent_with_the_token_of_another() {
    let tab = Tab::with_expired_token(Retention);
    tab.server.replace_session("bob");

    let call = tab.get(ME);

    assert_eq!(call.failed(), Error::SessionEnded { end: None });
    assert_eq!(tab.server.count(ME), 0);
    assert!(tab.is_logged_in());
    assert_eq!(tab.get(ME).succeeded(), 200);
}

// Behavior 18.
#[test]
fn a_rejected_request_is_not_repeated_with_the_token_of_another_session() {
    let tab = Tab::logged_in(Retention);
    tab.server.expire_tokens();
    tab.server.replace_session("bob");

    assert_eq!(tab.get(ME).failed(), Error::SessionEnded { end: None });

    assert_eq!((tab.refreshes(), tab.server.count(ME)), (1, 1));
}
