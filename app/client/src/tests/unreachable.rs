//! A server that is away, overloaded, or hidden behind somebody else's page.

use std::time::Duration;

use macro_rules_attribute::apply;

use super::{
    server::{ME, REFRESH, Reply, TOKEN_LIFE, problem, reply, wait_for},
    tab::Tab,
};
use crate::{Connection, Error};

const SECOND: Duration = Duration::from_secs(1);

fn failures() -> Vec<Reply> {
    vec![
        reply(500, "oops"),
        reply(502, "<h1>Bad gateway</h1>"),
        problem(503, "unavailable"),
        problem(429, "too_many_attempts"),
        reply(200, "<html>Welcome to the airport. Accept our terms</html>"),
        reply(200, ""),
        reply(204, ""),
        problem(403, "cross_site_request"),
        problem(401, "token_expired"),
        reply(401, ""),
        reply(401, "null"),
        reply(401, "<html>Who are you?</html>"),
        reply(401, r#"{"code":"SESSION_ENDED"}"#),
        Reply::Broken,
    ]
}

// 7, 9
#[apply(under_refreshing_policies!)]
fn a_refresh_that_fails_says_nothing_about_the_session(policy: PolicyName) {
    for failure in failures() {
        let tab = Tab::with_dead_token(policy);
        tab.server.answers(REFRESH, failure);

        assert_eq!(tab.get(ME).failed(), Error::Unreachable);

        assert!(tab.is_logged_in());
        assert!(!tab.is_online());
        assert_eq!((tab.refreshes(), tab.server.count(ME)), (1, 0));
    }
}

// 7, 9
#[apply(under_refreshing_policies!)]
fn the_client_recovers_by_itself(policy: PolicyName) {
    for failure in failures() {
        let tab = Tab::with_dead_token(policy);
        tab.server.answers(REFRESH, failure);
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
}

// 7
#[apply(under_refreshing_policies!)]
fn the_pauses_grow_and_nobody_adds_to_the_attempts(policy: PolicyName) {
    let tab = Tab::with_dead_token(policy);
    tab.server.answers(REFRESH, Reply::Broken);

    let mut attempts = Vec::new();
    for _ in 0..60 {
        _ = tab.get(ME).failed();
        attempts.push(tab.refreshes());
        tab.advance(SECOND);
    }

    // Without chance the pauses are 0.5, 1, 2, 4, 8, 15 and 15 seconds.
    assert_eq!([0, 1, 2, 4, 8, 16, 31, 46].map(|second| attempts[second]), [1, 2, 3, 4, 5, 6, 7, 8]);
}

// 7
#[apply(under_refreshing_policies!)]
fn the_first_failure_of_a_row_is_the_one_that_is_shown(policy: PolicyName) {
    let tab = Tab::with_dead_token(policy);
    tab.server.answers(REFRESH, Reply::Broken);
    tab.get(ME).failed();
    let shown = tab.connection();
    assert_eq!(shown, Connection::Unreachable { since: 300_000.0 });

    tab.advance(20 * SECOND);

    assert!(tab.refreshes() > 1);
    assert_eq!(tab.connection(), shown);
}

// 7
#[apply(under_refreshing_policies!)]
fn the_server_is_left_alone_for_as_long_as_it_asks(policy: PolicyName) {
    let tab = Tab::with_dead_token(policy);
    tab.server.answers(REFRESH, wait_for(20, problem(503, "busy")));
    tab.get(ME).failed();

    tab.advance(19 * SECOND);
    tab.comes_online();
    assert_eq!(tab.get(ME).failed(), Error::Unreachable);
    assert_eq!(tab.refreshes(), 1);

    tab.server.recovers(REFRESH);
    tab.advance(SECOND);
    assert_eq!(tab.refreshes(), 2);
    assert!(tab.is_online());
}

// 7
#[apply(under_refreshing_policies!)]
fn being_online_again_ends_the_pause_at_once(policy: PolicyName) {
    let tab = Tab::with_dead_token(policy);
    tab.server.answers(REFRESH, Reply::Broken);
    tab.get(ME).failed();
    tab.advance(20 * SECOND);
    let refreshes = tab.refreshes();
    tab.server.recovers(REFRESH);

    tab.comes_online();

    assert_eq!(tab.refreshes(), refreshes + 1);
    assert!(tab.is_online());
    assert_eq!(tab.get(ME).succeeded(), 200);
    assert_eq!(tab.refreshes(), refreshes + 1);
}

// 7
#[apply(under_refreshing_policies!)]
fn a_refresh_without_any_answer_comes_to_an_end(policy: PolicyName) {
    let tab = Tab::with_dead_token(policy);
    tab.server.holds(REFRESH);
    let call = tab.get(ME);
    assert!(call.is_waiting());

    tab.advance(15 * SECOND);

    assert_eq!(call.failed(), Error::Unreachable);
    assert!(tab.is_logged_in() && !tab.is_online());
}

// 7
#[apply(under_refreshing_policies!)]
fn a_hundred_callers_fail_together_after_one_attempt(policy: PolicyName) {
    let tab = Tab::with_dead_token(policy);
    tab.server.answers(REFRESH, Reply::Broken);
    tab.server.holds(REFRESH);
    let calls: Vec<_> = (0..100).map(|_| tab.get(ME)).collect();

    tab.server.releases(REFRESH);
    tab.run();

    assert!(calls.into_iter().all(|call| call.failed() == Error::Unreachable));
    assert_eq!(tab.refreshes(), 1);
}

// 7: the margin is there to be used.
#[apply(under_refreshing_policies!)]
fn a_token_that_is_old_but_good_does_not_need_the_refresh_that_fails(policy: PolicyName) {
    let tab = Tab::logged_in(policy);
    tab.advance_into(TOKEN_LIFE, 5 * SECOND);
    tab.server.answers(REFRESH, problem(503, "busy"));

    assert_eq!(tab.get(ME).succeeded(), 200);

    assert_eq!(tab.refreshes(), 1);
    assert!(!tab.is_online());
}

// 4, 7
#[apply(under_refreshing_policies!)]
fn a_refused_token_whose_refresh_fails_is_an_unreachable_server(policy: PolicyName) {
    let tab = Tab::logged_in(policy);
    tab.server.expires_tokens();
    tab.server.answers(REFRESH, Reply::Broken);

    assert_eq!(tab.get(ME).failed(), Error::Unreachable);

    assert!(tab.is_logged_in());
    assert_eq!(tab.server.count(ME), 1);
}

// 7
#[apply(under_refreshing_policies!)]
fn after_a_recovery_the_pauses_begin_anew(policy: PolicyName) {
    let tab = Tab::with_dead_token(policy);
    tab.server.answers(REFRESH, Reply::Broken);
    tab.get(ME).failed();
    tab.advance(20 * SECOND);
    tab.server.recovers(REFRESH);
    tab.comes_online();
    tab.advance(TOKEN_LIFE);

    tab.server.answers(REFRESH, Reply::Broken);
    tab.get(ME).failed();
    let refreshes = tab.refreshes();
    tab.advance(SECOND);

    assert_eq!(tab.refreshes(), refreshes + 1);
}

// 7, epoch
#[apply(under_refreshing_policies!)]
fn the_pauses_of_the_session_before_do_not_count_in_the_new_one(policy: PolicyName) {
    let tab = Tab::with_dead_token(policy);
    tab.server.answers(REFRESH, wait_for(400, problem(503, "busy")));
    tab.get(ME).failed();
    tab.start_login().succeeded();
    tab.advance(TOKEN_LIFE);
    tab.get(ME).failed();
    assert_eq!(tab.refreshes(), 2);

    tab.advance(399 * SECOND);

    assert_eq!(tab.refreshes(), 2);
    tab.advance(SECOND);
    assert_eq!(tab.refreshes(), 3);
}
