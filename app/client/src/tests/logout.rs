//! Logout, also without a network.

use std::time::Duration;

use doorward_api::EndReason;

use super::support::{
    policies::{EACH, RENEWABLE, WITH_COOKIE, WITH_REFRESH, under},
    replies::{Reply, problem, reply, retry_after, session_ended},
    server::{LOGOUT, ME, REFRESH},
    tab::Tab,
};
use crate::{Error, SessionEnd, Status};

const SECOND: Duration = Duration::from_secs(1);
const LOGGED_OUT: Option<SessionEnd> = Some(SessionEnd::new(EndReason::LoggedOut));

#[test]
fn a_logout_is_sent_once_and_without_a_token() {
    under(WITH_COOKIE, |policy| {
        let tab = Tab::logged_in(policy);

        tab.log_out();
        tab.advance(Duration::from_hours(1));

        assert_eq!(tab.status(), Status::Anonymous { end: LOGGED_OUT });
        let logouts = tab.server.received_at(LOGOUT);
        assert_eq!(logouts.len(), 1);
        assert_eq!(logouts[0].bearer, None);
    });
}

// Behavior 15.
#[test]
fn a_token_that_arrives_after_the_logout_is_discarded() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::with_expired_token(policy);
        tab.server.holds(REFRESH);
        let call = tab.get(ME);

        tab.log_out();
        tab.server.releases(REFRESH);
        tab.run();

        assert_eq!(call.failed(), Error::SessionEnded { end: LOGGED_OUT });
        assert_eq!(tab.status(), Status::Anonymous { end: LOGGED_OUT });
        assert_eq!(tab.server.count(ME), 0);
    });
}

// Behavior 15.
#[test]
fn a_logout_during_the_first_refresh_of_a_page_wins() {
    under(WITH_COOKIE, |policy| {
        let tab = Tab::open(policy, true);
        tab.server.holds(REFRESH);
        tab.hydrate();

        tab.log_out();
        tab.server.releases(REFRESH);
        tab.run();

        assert_eq!(tab.status(), Status::Anonymous { end: LOGGED_OUT });
    });
}

// Behavior 15, 19.
#[test]
fn a_response_that_arrives_after_the_logout_is_discarded() {
    under(EACH, |policy| {
        let tab = Tab::logged_in(policy);
        tab.server.holds(ME);
        let call = tab.get(ME);

        tab.log_out();
        tab.server.releases(ME);
        tab.run();

        assert_eq!(call.failed(), Error::SessionEnded { end: LOGGED_OUT });
    });
}

#[test]
fn a_response_to_the_session_before_the_login_is_discarded() {
    under(EACH, |policy| {
        let tab = Tab::logged_in(policy);
        tab.server.holds(ME);
        let call = tab.get(ME);
        tab.log_out();
        tab.log_in().succeeded();
        let status = tab.status();

        tab.server.always_answers(ME, session_ended("logged_out"));
        tab.server.releases(ME);
        tab.run();

        assert_eq!(call.failed(), Error::SessionEnded { end: None });
        assert_eq!(tab.status(), status);
    });
}

// Behavior 16.
#[test]
fn a_logout_is_retried_until_the_server_can_be_reached() {
    under(EACH, |policy| {
        let tab = Tab::logged_in(policy);
        tab.server.always_answers(LOGOUT, Reply::ConnectionLost);

        tab.log_out();
        assert_eq!(tab.status(), Status::Anonymous { end: LOGGED_OUT });
        tab.advance(60 * SECOND);
        let attempts = tab.server.count(LOGOUT);
        assert!((2..10).contains(&attempts), "{attempts}");
        tab.server.recovers(LOGOUT);
        tab.go_online();
        assert_eq!(tab.server.count(LOGOUT), attempts + 1);

        tab.advance(Duration::from_hours(1));
        tab.go_online();
        assert_eq!(tab.server.count(LOGOUT), attempts + 1);
    });
}

// Behavior 16.
#[test]
fn a_logout_respects_retry_after() {
    under(EACH, |policy| {
        let tab = Tab::logged_in(policy);
        tab.server.always_answers(LOGOUT, retry_after(30, problem(503, "unavailable")));
        tab.log_out();

        tab.go_online();
        tab.advance(29 * SECOND);
        assert_eq!(tab.server.count(LOGOUT), 1);
        tab.advance(SECOND);
        assert_eq!(tab.server.count(LOGOUT), 2);
    });
}

// Behavior 16.
#[test]
fn a_refused_logout_is_not_repeated() {
    under(EACH, |policy| {
        let tab = Tab::logged_in(policy);
        tab.server.always_answers(LOGOUT, problem(403, "cross_site_request"));

        tab.log_out();
        tab.advance(Duration::from_hours(1));

        assert_eq!(tab.server.count(LOGOUT), 1);
    });
}

// Behavior 16. The login ends the session of the cookie; the logout would end the new session.
#[test]
fn a_login_cancels_a_pending_logout() {
    under(WITH_COOKIE, |policy| {
        let tab = Tab::logged_in(policy);
        tab.server.always_answers(LOGOUT, reply(502, "Bad gateway"));
        tab.log_out();
        let attempts = tab.server.count(LOGOUT);

        tab.log_in().succeeded();
        tab.server.recovers(LOGOUT);
        tab.go_online();
        tab.advance(60 * SECOND);

        assert!(tab.is_logged_in());
        assert_eq!(tab.server.count(LOGOUT), attempts);
    });
}

// Behavior 16. The response to the logout clears the cookie, so it must not arrive after that to the login.
#[test]
fn a_login_waits_for_a_logout_in_flight() {
    under(WITH_COOKIE, |policy| {
        let tab = Tab::logged_in(policy);
        tab.server.holds(LOGOUT);
        tab.log_out();

        let login = tab.log_in();
        assert!(login.is_waiting());
        tab.server.releases(LOGOUT);
        tab.run();

        login.succeeded();
        assert!(tab.is_logged_in());
    });
}

// Behavior 17.
#[test]
fn a_logout_with_an_expired_token_needs_no_refresh() {
    under(RENEWABLE, |policy| {
        let tab = Tab::with_expired_token(policy);

        tab.log_out();

        assert_eq!((tab.refreshes(), tab.server.count(LOGOUT)), (0, 1));
    });
}
