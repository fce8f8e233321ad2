//! Requests that are answered 401.

use macro_rules_attribute::apply;
use serde_json::json;

use super::{
    server::{ME, REFRESH, Reply, ended, problem, reply},
    tab::Tab,
};
use crate::{
    Error, SessionEnd, Status,
    request::{Method, Request},
};
use doorward_api::EndReason;

// 4
#[apply(under_refreshing_policies!)]
fn a_token_that_dies_on_the_way_costs_one_refresh_and_one_more_try(policy: PolicyName) {
    let tab = Tab::logged_in(policy);
    tab.server.expires_tokens();

    assert_eq!(tab.get(ME).succeeded(), 200);

    assert_eq!((tab.refreshes(), tab.server.count(ME)), (1, 2));
}

// 4: again and again in one session.
#[apply(under_refreshing_policies!)]
fn every_token_may_die_on_its_way(policy: PolicyName) {
    let tab = Tab::logged_in(policy);
    for deaths in 1..=5 {
        tab.server.expires_tokens();
        assert_eq!(tab.get(ME).succeeded(), 200);
        assert_eq!(tab.refreshes(), deaths);
    }
}

// 5
#[apply(under_refreshing_policies!)]
fn an_application_that_refuses_every_token_costs_one_refresh_and_no_more(policy: PolicyName) {
    for code in ["token_expired", "token_invalid"] {
        let tab = Tab::logged_in(policy);
        tab.server.answers(ME, problem(401, code));

        let calls: Vec<_> = (0..10).map(|_| tab.get(ME).succeeded()).collect();

        assert_eq!(calls, [401; 10]);
        assert_eq!((tab.refreshes(), tab.server.count(ME)), (1, 11), "{code}");
        assert!(tab.is_logged_in());
    }
}

// 5: a lost answer says nothing of the token.
#[apply(under_refreshing_policies!)]
fn an_application_that_refuses_every_token_costs_no_more_where_answers_are_lost(policy: PolicyName) {
    let tab = Tab::logged_in(policy);
    tab.server.answers(ME, problem(401, "token_invalid"));
    tab.server.holds(REFRESH);
    let call = tab.get(ME);
    tab.server.answers(ME, Reply::Broken);
    tab.server.releases(REFRESH);
    tab.run();
    assert_eq!(call.failed(), Error::Unreachable);

    tab.server.answers(ME, problem(401, "token_invalid"));
    for _ in 0..5 {
        assert_eq!(tab.get(ME).succeeded(), 401);
    }

    assert_eq!(tab.refreshes(), 1);
}

// 5
#[apply(under_refreshing_policies!)]
fn a_hundred_callers_of_an_application_that_refuses_every_token_cost_one_refresh(policy: PolicyName) {
    for tab in [Tab::logged_in(policy), Tab::with_dead_token(policy)] {
        tab.server.answers(ME, problem(401, "token_expired"));
        tab.server.holds(ME);
        let calls: Vec<_> = (0..100).map(|_| tab.get(ME)).collect();

        while calls.iter().any(super::call::Call::is_waiting) {
            tab.server.releases(ME);
            tab.server.holds(ME);
            tab.run();
        }

        assert!(calls.into_iter().all(|call| call.succeeded() == 401));
        assert_eq!(tab.refreshes(), 1);
    }
}

// 5: the others must not suffer from it.
#[apply(under_refreshing_policies!)]
fn one_endpoint_that_refuses_every_token_does_not_keep_the_others_from_theirs(policy: PolicyName) {
    let tab = Tab::logged_in(policy);
    tab.server.answers("/api/broken", problem(401, "token_invalid"));
    for _ in 0..5 {
        assert_eq!(tab.get("/api/broken").succeeded(), 401);
        assert_eq!(tab.get(ME).succeeded(), 200);
    }
    assert_eq!(tab.refreshes(), 1);

    tab.advance(super::server::TOKEN_LIFE);

    assert_eq!(tab.get(ME).succeeded(), 200);
    assert_eq!(tab.refreshes(), 2);
}

// 5: also when another endpoint accepts the new token in between.
#[apply(under_refreshing_policies!)]
fn an_endpoint_that_refuses_every_token_is_found_out_among_others(policy: PolicyName) {
    let tab = Tab::logged_in(policy);
    tab.server.answers("/api/broken", problem(401, "token_invalid"));
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
}

// 5: "until the epoch moves".
#[apply(under_refreshing_policies!)]
fn a_new_login_gives_tokens_their_second_chance_back(policy: PolicyName) {
    let tab = Tab::logged_in(policy);
    tab.server.answers(ME, problem(401, "token_expired"));
    tab.get(ME).succeeded();
    tab.get(ME).succeeded();
    tab.server.recovers(ME);

    tab.logout();
    tab.start_login().succeeded();
    tab.server.expires_tokens();

    assert_eq!(tab.get(ME).succeeded(), 200);
    assert_eq!(tab.refreshes(), 2);
}

// 6
#[apply(under_each_policy!)]
fn a_401_of_somebody_else_is_passed_through(policy: PolicyName) {
    for body in ["", "<html>Log in to the proxy</html>", r#"{"error":"token_expired"}"#, r#"{"code":"elsewhere"}"#] {
        let tab = Tab::logged_in(policy);
        tab.server.answers(ME, reply(401, body));

        assert_eq!(tab.get(ME).succeeded(), 401);

        assert_eq!((tab.refreshes(), tab.server.count(ME)), (0, 1), "{body}");
        assert!(tab.is_logged_in());
    }
}

// 6
#[apply(under_refreshing_policies!)]
fn other_refusals_of_ours_are_passed_through(policy: PolicyName) {
    for (status, code) in [(401, "invalid_credentials"), (401, "token_missing"), (403, "forbidden"), (503, "busy")] {
        let tab = Tab::logged_in(policy);
        tab.server.answers(ME, problem(status, code));

        assert_eq!(tab.get(ME).succeeded(), status);

        assert_eq!((tab.refreshes(), tab.server.count(ME)), (0, 1), "{code}");
    }
}

// 8
#[apply(under_each_policy!)]
fn a_request_that_is_told_of_the_sessions_end_ends_it_here_too(policy: PolicyName) {
    let tab = Tab::logged_in(policy);
    tab.server.answers(ME, ended("revoked"));

    assert_eq!(tab.get(ME).failed(), Error::SessionEnded { end: Some(SessionEnd::new(EndReason::Revoked)) });

    assert_eq!(tab.status(), Status::Anonymous { end: Some(SessionEnd::new(EndReason::Revoked)) });
    let before = tab.server.total();
    tab.get(ME).failed();
    assert_eq!((tab.refreshes(), tab.server.total()), (0, before));
}

// 8: also after the second try.
#[apply(under_refreshing_policies!)]
fn a_session_that_ends_between_refresh_and_retry_ends_here_too(policy: PolicyName) {
    let tab = Tab::logged_in(policy);
    tab.server.answers(ME, problem(401, "token_expired"));
    tab.server.holds(REFRESH);
    let call = tab.get(ME);

    tab.server.answers(ME, ended("revoked_by_admin"));
    tab.server.releases(REFRESH);
    tab.run();

    assert_eq!(call.failed(), Error::SessionEnded { end: Some(SessionEnd::new(EndReason::RevokedByAdmin)) });
    assert!(!tab.is_logged_in());
}

// 12
#[apply(under_each_policy!)]
fn a_change_that_got_no_answer_is_not_sent_again(policy: PolicyName) {
    let tab = Tab::logged_in(policy);
    for failure in [Reply::Broken, reply(502, "Bad gateway"), problem(503, "unavailable"), reply(401, "")] {
        tab.server.answers("/api/account/password", failure);
        let before = tab.server.total();

        _ = tab.call(Method::Post, "/api/account/password").outcome();

        assert_eq!(tab.server.total(), before + 1);
    }
}

// 12
#[apply(under_refreshing_policies!)]
fn a_change_that_was_refused_is_sent_again_as_it_was(policy: PolicyName) {
    let tab = Tab::logged_in(policy);
    tab.server.expires_tokens();
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
}
