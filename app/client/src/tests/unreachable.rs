//! A server that is down, overloaded, or hidden behind a captive portal.

use std::time::Duration;

use super::support::{
    policies::{WITH_REFRESH, under},
    replies::{Reply, problem, reply, retry_after},
    server::{ME, REFRESH, TOKEN_LIFETIME},
    tab::Tab,
};
use crate::{Connection, Error};

const SECOND: Duration = Duration::from_secs(1);

/// Of a server that is down or overloaded.
fn outages() -> Vec<Reply> {
    vec![
        reply(500, "oops"),
        reply(502, "<h1>Bad gateway</h1>"),
        problem(503, "unavailable"),
        problem(429, "too_many_attempts"),
        Reply::ConnectionLost,
    ]
}

/// Not from the API, or unexpected.
fn unusable_responses() -> Vec<Reply> {
    vec![
        reply(200, "<html>Welcome to the airport. Accept our terms</html>"),
        reply(200, ""),
        reply(204, ""),
        problem(403, "cross_site_request"),
        problem(401, "token_expired"),
        reply(401, ""),
        reply(401, "null"),
        reply(401, "<html>Who are you?</html>"),
        reply(401, r#"{"code":"SESSION_ENDED"}"#),
    ]
}

fn failures() -> impl Iterator<Item = (Reply, Error)> {
    let unusable = unusable_responses().into_iter().map(|reply| {
        let Reply::Response(response) = &reply else { unreachable!("a response") };
        let error = Error::InvalidResponse { status: response.status };
        (reply, error)
    });
    outages().into_iter().map(|outage| (outage, Error::Unreachable)).chain(unusable)
}

// Behavior 7, 9, 36.
#[test]
fn a_failed_refresh_keeps_the_session() {
    under(WITH_REFRESH, |policy| {
        for (failure, error) in failures() {
            let tab = Tab::with_expired_token(policy);
            tab.server.always_answers(REFRESH, failure);

            assert_eq!(tab.get(ME).failed(), error);

            assert!(tab.is_logged_in());
            let since = 300_000.0;
            let expected = match error {
                Error::InvalidResponse { status } => Connection::InvalidResponse { since, status },
                _ => Connection::Unreachable { since },
            };
            assert_eq!(tab.connection(), expected);
            assert_eq!(tab.get(ME).failed(), error, "during the back-off");
            assert_eq!((tab.refreshes(), tab.server.count(ME)), (1, 0));
        }
    });
}

// Behavior 7, 9.
#[test]
fn the_client_recovers_without_user_action() {
    under(WITH_REFRESH, |policy| {
        for (failure, _) in failures() {
            let tab = Tab::with_expired_token(policy);
            tab.server.always_answers(REFRESH, failure);
            tab.get(ME).failed();
            tab.advance(20 * SECOND);

            tab.server.recovers(REFRESH);
            tab.advance(30 * SECOND);

            assert!(tab.is_online());
            let refreshes = tab.refreshes();
            assert_eq!(tab.get(ME).succeeded(), 200);
            assert_eq!(tab.refreshes(), refreshes);
            tab.advance(60 * SECOND);
            assert_eq!(tab.refreshes(), refreshes);
        }
    });
}

// Behavior 7.
#[test]
fn the_back_off_grows() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::with_expired_token(policy);
        tab.server.always_answers(REFRESH, Reply::ConnectionLost);

        let mut attempts = Vec::new();
        tab.get(ME).failed();
        for _ in 0..60 {
            attempts.push(tab.refreshes());
            tab.advance(SECOND);
        }

        // Without jitter the delays are 0.5, 1, 2, 4, 8, 15 and 15 seconds.
        assert_eq!([0, 1, 2, 4, 8, 16, 31, 46].map(|second| attempts[second]), [1, 2, 3, 4, 5, 6, 7, 8]);
    });
}

// Behavior 7, 36.
#[test]
fn the_first_failure_in_a_row_is_shown() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::with_expired_token(policy);
        tab.server.always_answers(REFRESH, Reply::ConnectionLost);
        tab.get(ME).failed();
        let shown = tab.connection();
        assert_eq!(shown, Connection::Unreachable { since: 300_000.0 });

        tab.advance(20 * SECOND);

        assert!(tab.refreshes() > 1);
        assert_eq!(tab.connection(), shown);
        tab.server.always_answers(REFRESH, reply(200, "<html>Welcome</html>"));
        tab.advance(20 * SECOND);
        assert_eq!(tab.connection(), Connection::InvalidResponse { since: 300_000.0, status: 200 });
    });
}

// Behavior 7.
#[test]
fn a_refresh_respects_retry_after() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::with_expired_token(policy);
        tab.server.always_answers(REFRESH, retry_after(20, problem(503, "busy")));
        tab.get(ME).failed();

        tab.advance(19 * SECOND);
        tab.go_online();
        assert_eq!(tab.get(ME).failed(), Error::Unreachable);
        assert_eq!(tab.refreshes(), 1);

        tab.server.recovers(REFRESH);
        tab.advance(SECOND);
        assert_eq!(tab.refreshes(), 2);
        assert!(tab.is_online());
    });
}

// Behavior 7.
#[test]
fn the_event_online_ends_the_back_off() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::with_expired_token(policy);
        tab.server.always_answers(REFRESH, Reply::ConnectionLost);
        tab.get(ME).failed();
        tab.advance(20 * SECOND);
        let refreshes = tab.refreshes();
        tab.server.recovers(REFRESH);

        tab.go_online();

        assert_eq!(tab.refreshes(), refreshes + 1);
        assert!(tab.is_online());
        assert_eq!(tab.get(ME).succeeded(), 200);
        assert_eq!(tab.refreshes(), refreshes + 1);
    });
}

// Behavior 7.
#[test]
fn a_refresh_without_a_response_times_out() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::with_expired_token(policy);
        tab.server.holds(REFRESH);
        let call = tab.get(ME);
        assert!(call.is_waiting());

        tab.advance(15 * SECOND);

        assert_eq!(call.failed(), Error::Unreachable);
        assert!(tab.is_logged_in() && !tab.is_online());
    });
}

// Behavior 7.
#[test]
fn a_hundred_callers_fail_after_one_attempt() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::with_expired_token(policy);
        tab.server.always_answers(REFRESH, Reply::ConnectionLost);
        tab.server.holds(REFRESH);
        let calls: Vec<_> = (0..100).map(|_| tab.get(ME)).collect();

        tab.server.releases(REFRESH);
        tab.run();

        assert!(calls.into_iter().all(|call| call.failed() == Error::Unreachable));
        assert_eq!(tab.refreshes(), 1);
    });
}

// Behavior 7.
#[test]
fn a_stale_token_is_used_if_its_refresh_fails() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::logged_in(policy);
        tab.advance_until_left(TOKEN_LIFETIME, 5 * SECOND);
        tab.server.always_answers(REFRESH, problem(503, "busy"));

        assert_eq!(tab.get(ME).succeeded(), 200);

        assert_eq!(tab.refreshes(), 1);
        assert!(!tab.is_online());
    });
}

// Behavior 4, 7.
#[test]
fn a_rejected_token_whose_refresh_fails_is_reported_as_unreachable() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::logged_in(policy);
        tab.server.expire_tokens();
        tab.server.always_answers(REFRESH, Reply::ConnectionLost);

        assert_eq!(tab.get(ME).failed(), Error::Unreachable);

        assert!(tab.is_logged_in());
        assert_eq!(tab.server.count(ME), 1);
    });
}

// Behavior 7.
#[test]
fn the_back_off_restarts_after_a_recovery() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::with_expired_token(policy);
        tab.server.always_answers(REFRESH, Reply::ConnectionLost);
        tab.get(ME).failed();
        tab.advance(20 * SECOND);
        tab.server.recovers(REFRESH);
        tab.go_online();
        tab.advance(TOKEN_LIFETIME);

        tab.server.always_answers(REFRESH, Reply::ConnectionLost);
        tab.get(ME).failed();
        let refreshes = tab.refreshes();
        tab.advance(SECOND);

        assert_eq!(tab.refreshes(), refreshes + 1);
    });
}

// Behavior 7.
#[test]
fn the_back_off_of_the_old_session_does_not_delay_the_new_one() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::with_expired_token(policy);
        tab.server.always_answers(REFRESH, retry_after(400, problem(503, "busy")));
        tab.get(ME).failed();
        tab.log_in().succeeded();
        tab.advance(TOKEN_LIFETIME);
        tab.get(ME).failed();
        assert_eq!(tab.refreshes(), 2);

        tab.advance(399 * SECOND);

        assert_eq!(tab.refreshes(), 2);
        tab.advance(SECOND);
        assert_eq!(tab.refreshes(), 3);
    });
}
