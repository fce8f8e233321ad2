//! Requests that are rejected with 401.

use std::time::Duration;

use doorward_api::EndReason;
use serde_json::json;

use super::support::{
    call::Call,
    policies::{EACH, WITH_COOKIE, WITH_REFRESH, under},
    replies::{Reply, problem, reply, session_ended},
    server::{ME, REFRESH, TOKEN_LIFETIME},
    tab::Tab,
};
use crate::{
    Error, SessionEnd, Status,
    request::{Method, Request},
};

// Behavior 4.
#[test]
fn a_token_that_expires_on_the_way_costs_one_refresh_and_one_retry() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::logged_in(policy);
        tab.server.expire_tokens();

        assert_eq!(tab.get(ME).succeeded(), 200);

        assert_eq!((tab.refreshes(), tab.server.count(ME)), (1, 2));
    });
}

// Behavior 4.
#[test]
fn every_token_may_expire_on_the_way() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::logged_in(policy);
        for refreshes in 1..=5 {
            tab.server.expire_tokens();
            assert_eq!(tab.get(ME).succeeded(), 200);
            assert_eq!(tab.refreshes(), refreshes);
        }
    });
}

// Behavior 5.
#[test]
fn an_endpoint_that_rejects_every_token_costs_one_refresh() {
    under(WITH_REFRESH, |policy| {
        for code in ["token_expired", "token_invalid"] {
            let tab = Tab::logged_in(policy);
            tab.server.always_answers(ME, problem(401, code));

            let calls: Vec<_> = (0..10).map(|_| tab.get(ME).succeeded()).collect();

            assert_eq!(calls, [401; 10]);
            assert_eq!((tab.refreshes(), tab.server.count(ME)), (1, 11), "{code}");
            assert!(tab.is_logged_in());
        }
    });
}

// Behavior 35. That other endpoints accept the session makes no difference.
#[test]
fn an_endpoint_that_denies_a_session_which_each_refresh_confirms_costs_few_refreshes() {
    under(WITH_COOKIE, |policy| {
        let tab = Tab::logged_in(policy);
        tab.server.always_answers("/api/orders", session_ended("unknown"));

        for _ in 0..60 {
            tab.get("/api/orders");
            tab.get(ME);
            tab.advance(Duration::from_secs(1));
        }

        assert!((2..12).contains(&tab.refreshes()), "{} refreshes", tab.refreshes());
        assert!(tab.is_logged_in());
    });
}

// Behavior 5. A lost response does not trip the retry guard.
#[test]
fn an_endpoint_that_rejects_every_token_costs_one_refresh_although_a_response_is_lost() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::logged_in(policy);
        tab.server.always_answers(ME, problem(401, "token_invalid"));
        tab.server.holds(REFRESH);
        let call = tab.get(ME);
        tab.server.always_answers(ME, Reply::ConnectionLost);
        tab.server.releases(REFRESH);
        tab.run();
        assert_eq!(call.failed(), Error::Unreachable);

        tab.server.always_answers(ME, problem(401, "token_invalid"));
        for _ in 0..5 {
            assert_eq!(tab.get(ME).succeeded(), 401);
        }

        assert_eq!(tab.refreshes(), 1);
    });
}

// Behavior 5.
#[test]
fn a_hundred_callers_of_an_endpoint_that_rejects_every_token_cost_one_refresh() {
    under(WITH_REFRESH, |policy| {
        for tab in [Tab::logged_in(policy), Tab::with_expired_token(policy)] {
            tab.server.always_answers(ME, problem(401, "token_expired"));
            tab.server.holds(ME);
            let calls: Vec<_> = (0..100).map(|_| tab.get(ME)).collect();

            while calls.iter().any(Call::is_waiting) {
                tab.server.releases(ME);
                tab.server.holds(ME);
                tab.run();
            }

            assert!(calls.into_iter().all(|call| call.succeeded() == 401));
            assert_eq!(tab.refreshes(), 1);
        }
    });
}

// Behavior 5.
#[test]
fn an_endpoint_that_rejects_every_token_does_not_affect_others() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::logged_in(policy);
        tab.server.always_answers("/api/broken", problem(401, "token_invalid"));
        for _ in 0..5 {
            assert_eq!(tab.get("/api/broken").succeeded(), 401);
            assert_eq!(tab.get(ME).succeeded(), 200);
        }
        assert_eq!(tab.refreshes(), 1);

        tab.advance(TOKEN_LIFETIME);

        assert_eq!(tab.get(ME).succeeded(), 200);
        assert_eq!(tab.refreshes(), 2);
    });
}

// Behavior 5. Another endpoint accepts the new token first.
#[test]
fn an_endpoint_that_rejects_every_token_is_detected_among_others() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::logged_in(policy);
        tab.server.always_answers("/api/broken", problem(401, "token_invalid"));
        tab.server.holds(REFRESH);
        let call = tab.get("/api/broken");
        tab.server.holds("/api/broken");
        tab.server.releases(REFRESH);
        tab.run();
        assert_eq!(tab.get(ME).succeeded(), 200);
        tab.server.releases("/api/broken");
        tab.run();
        assert_eq!(call.succeeded(), 401);

        assert_eq!(tab.get("/api/broken").succeeded(), 401);

        assert_eq!(tab.refreshes(), 1);
    });
}

// Behavior 5.
#[test]
fn a_login_arms_the_retry_guard_again() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::logged_in(policy);
        tab.server.always_answers(ME, problem(401, "token_expired"));
        tab.get(ME).succeeded();
        tab.get(ME).succeeded();
        tab.server.recovers(ME);

        tab.log_out();
        tab.log_in().succeeded();
        tab.server.expire_tokens();

        assert_eq!(tab.get(ME).succeeded(), 200);
        assert_eq!(tab.refreshes(), 2);
    });
}

// Behavior 6.
#[test]
fn a_401_that_is_not_ours_is_passed_through() {
    under(EACH, |policy| {
        for body in ["", "<html>Log in to the proxy</html>", r#"{"error":"token_expired"}"#, r#"{"code":"elsewhere"}"#]
        {
            let tab = Tab::logged_in(policy);
            tab.server.always_answers(ME, reply(401, body));

            assert_eq!(tab.get(ME).succeeded(), 401);

            assert_eq!((tab.refreshes(), tab.server.count(ME)), (0, 1), "{body}");
            assert!(tab.is_logged_in());
        }
    });
}

// Behavior 6.
#[test]
fn other_errors_of_ours_are_passed_through() {
    under(WITH_REFRESH, |policy| {
        for (status, code) in [(401, "invalid_credentials"), (401, "token_missing"), (403, "forbidden"), (503, "busy")]
        {
            let tab = Tab::logged_in(policy);
            tab.server.always_answers(ME, problem(status, code));

            assert_eq!(tab.get(ME).succeeded(), status);

            assert_eq!((tab.refreshes(), tab.server.count(ME)), (0, 1), "{code}");
        }
    });
}

// Behavior 8.
#[test]
fn a_session_end_in_a_response_ends_the_session() {
    under(EACH, |policy| {
        let tab = Tab::logged_in(policy);
        tab.server.always_answers(ME, session_ended("revoked"));

        assert_eq!(tab.get(ME).failed(), Error::SessionEnded { end: Some(SessionEnd::new(EndReason::Revoked)) });

        assert_eq!(tab.status(), Status::Anonymous { end: Some(SessionEnd::new(EndReason::Revoked)) });
        let before = tab.server.total();
        tab.get(ME).failed();
        assert_eq!((tab.refreshes(), tab.server.total()), (0, before));
    });
}

// Behavior 8.
#[test]
fn a_session_end_in_the_response_to_a_retry_ends_the_session() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::logged_in(policy);
        tab.server.always_answers(ME, problem(401, "token_expired"));
        tab.server.holds(REFRESH);
        let call = tab.get(ME);

        tab.server.always_answers(ME, session_ended("revoked_by_admin"));
        tab.server.releases(REFRESH);
        tab.run();

        assert_eq!(call.failed(), Error::SessionEnded { end: Some(SessionEnd::new(EndReason::RevokedByAdmin)) });
        assert!(!tab.is_logged_in());
    });
}

// Behavior 12.
#[test]
fn a_change_without_a_response_of_ours_is_not_repeated() {
    under(EACH, |policy| {
        let tab = Tab::logged_in(policy);
        for failure in [Reply::ConnectionLost, reply(502, "Bad gateway"), problem(503, "unavailable"), reply(401, "")] {
            tab.server.always_answers("/api/account/password", failure);
            let before = tab.server.total();

            _ = tab.call(Method::Post, "/api/account/password").result();

            assert_eq!(tab.server.total(), before + 1);
        }
    });
}

// Behavior 12.
#[test]
fn a_rejected_change_is_repeated_unchanged() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::logged_in(policy);
        tab.server.expire_tokens();
        let change = json!({ "label": "Kitchen" });

        assert_eq!(tab.send(Request::new(Method::Patch, "/api/sessions/1").json(&change)).succeeded(), 200);

        let tries: Vec<_> = tab
            .server
            .received()
            .into_iter()
            .filter(|received| received.body.as_deref() == Some(r#"{"label":"Kitchen"}"#))
            .collect();
        assert_eq!(tries.len(), 2);
        assert_ne!(tries[0].bearer, tries[1].bearer);
    });
}
