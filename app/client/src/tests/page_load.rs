//! Page load: the status before hydration, and the silent refresh after it.

use std::time::Duration;

use doorward_api::EndReason;

use super::support::{
    call::Call,
    policies::{EACH, WITH_COOKIE, under},
    replies::{Reply, problem, reply, session_ended},
    server::{ME, REFRESH},
    tab::Tab,
};
use crate::{Connection, Error, SessionEnd, Status};

// Behavior 29.
#[test]
fn a_page_without_a_session_cookie_sends_no_requests() {
    under(EACH, |policy| {
        let tab = Tab::open(policy, false);
        assert_eq!(tab.status(), Status::Anonymous { end: None });

        tab.hydrate();
        let refused = tab.get(ME).failed();

        assert_eq!(refused, Error::SessionEnded { end: None });
        assert_eq!(tab.server.total(), 0);
    });
}

// Behavior 29.
#[test]
fn a_page_with_a_session_cookie_refreshes_after_hydration() {
    under(WITH_COOKIE, |policy| {
        let tab = Tab::open(policy, true);
        tab.run();
        assert_eq!((tab.status(), tab.server.total()), (Status::Unknown, 0));

        tab.hydrate();

        assert!(tab.is_logged_in());
        assert_eq!(tab.refreshes(), 1);
    });
}

// Behavior 3.
#[test]
fn a_request_waits_for_the_first_refresh() {
    under(WITH_COOKIE, |policy| {
        let tab = Tab::open(policy, true);
        tab.server.holds(REFRESH);
        tab.hydrate();
        let calls = [tab.get(ME), tab.get(ME)];
        assert!(calls.iter().all(Call::is_waiting));

        tab.server.releases(REFRESH);
        tab.run();

        for call in calls {
            assert_eq!(call.succeeded(), 200);
        }
        assert_eq!(tab.refreshes(), 1);
    });
}

// Behavior 8.
#[test]
fn a_session_that_ended_before_the_page_load_shows_the_reason() {
    under(WITH_COOKIE, |policy| {
        let tab = Tab::open(policy, true);
        tab.server.always_answers(REFRESH, session_ended("password_changed"));

        tab.hydrate();

        assert_eq!(tab.status(), Status::Anonymous { end: Some(SessionEnd::new(EndReason::PasswordChanged)) });
    });
}

// Behavior 25.
#[test]
fn a_deleted_cookie_costs_one_refresh() {
    under(WITH_COOKIE, |policy| {
        let tab = Tab::open(policy, true);
        tab.server.always_answers(REFRESH, problem(401, "session_missing"));

        tab.hydrate();
        tab.get(ME).failed();

        assert_eq!(tab.status(), Status::Anonymous { end: None });
        assert_eq!(tab.server.total(), 1);
    });
}

// Behavior 7.
#[test]
fn a_page_loaded_while_the_server_is_unreachable_stays_unknown_until_it_recovers() {
    under(WITH_COOKIE, |policy| {
        let tab = Tab::open(policy, true);
        tab.server.always_answers(REFRESH, Reply::ConnectionLost);
        tab.hydrate();
        assert_eq!(tab.status(), Status::Unknown);
        assert!(!tab.is_online());
        assert_eq!(tab.get(ME).failed(), Error::Unreachable);

        tab.server.recovers(REFRESH);
        tab.go_online();

        assert!(tab.is_logged_in() && tab.is_online());
    });
}

// Behavior 36. The connection is `InvalidResponse`, and recovers.
#[test]
fn a_page_whose_refresh_gets_no_token_response_does_not_claim_that_the_server_is_unreachable() {
    under(WITH_COOKIE, |policy| {
        for status in [200, 204, 403] {
            let tab = Tab::open(policy, true);
            tab.server.always_answers(REFRESH, reply(status, "<html>Welcome to the airport</html>"));
            tab.hydrate();

            tab.advance(Duration::from_mins(10));

            let Connection::InvalidResponse { status: shown, .. } = tab.connection() else { panic!("a response") };
            assert_eq!(shown, status);
            assert_eq!(tab.get(ME).failed(), Error::InvalidResponse { status });
            assert!(tab.refreshes() < 60, "with back-off");
            tab.server.recovers(REFRESH);
            tab.go_online();
            assert!(tab.is_logged_in() && tab.is_online());
        }
    });
}
