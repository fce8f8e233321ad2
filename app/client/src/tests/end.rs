//! How sessions end by themselves or by the server's word.

use std::time::Duration;

use macro_rules_attribute::apply;
use serde_json::json;

use super::{
    server::{ME, REFRESH, Reply, SESSION_LIFE, ended, problem, reply, time_of_day},
    tab::Tab,
};
use crate::{Error, SessionEnd, Status};
use doorward_api::{EndReason, PolicyName::Retention};

const SECOND: Duration = Duration::from_secs(1);

// 8
#[apply(under_refreshing_policies!)]
fn the_servers_word_ends_the_session_for_all_who_wait_and_for_good(policy: PolicyName) {
    for (reason, why) in [
        ("idle", EndReason::Idle),
        ("revoked", EndReason::Revoked),
        ("a reason of a later version", EndReason::Unknown),
    ] {
        let tab = Tab::with_dead_token(policy);
        tab.server.answers(REFRESH, ended(reason));
        tab.server.holds(REFRESH);
        let calls: Vec<_> = (0..10).map(|_| tab.get(ME)).collect();

        tab.server.releases(REFRESH);
        tab.run();

        assert!(calls.into_iter().all(|call| call.failed() == Error::SessionEnded { end: Some(SessionEnd::new(why)) }));
        assert_eq!(tab.status(), Status::Anonymous { end: Some(SessionEnd::new(why)) });
        let before = tab.server.total();
        tab.get(ME).failed();
        tab.comes_online();
        tab.advance(SESSION_LIFE);
        assert_eq!(tab.server.total(), before);
        assert_eq!(tab.status(), Status::Anonymous { end: Some(SessionEnd::new(why)) });
    }
}

// 8, 25
#[apply(under_refreshing_policies!)]
fn a_cookie_that_vanished_under_a_session_ends_it_without_a_known_reason(policy: PolicyName) {
    let tab = Tab::with_dead_token(policy);
    tab.server.answers(REFRESH, problem(401, "session_missing"));

    tab.get(ME).failed();

    assert_eq!(tab.status(), Status::Anonymous { end: Some(SessionEnd::new(EndReason::Unknown)) });
}

// 8
#[apply(under_refreshing_policies!)]
fn an_end_after_failures_stops_the_attempts_and_leaves_the_connection_good(policy: PolicyName) {
    let tab = Tab::with_dead_token(policy);
    tab.server.answers(REFRESH, Reply::Broken);
    tab.get(ME).failed();

    tab.server.answers(REFRESH, ended("idle"));
    tab.comes_online();
    let before = tab.server.total();
    tab.advance(600 * SECOND);

    assert!(tab.is_online() && !tab.is_logged_in());
    assert_eq!(tab.server.total(), before);
}

// 13
#[apply(under_renewable_policies!)]
fn past_its_end_a_session_asks_nothing_of_the_network(policy: PolicyName) {
    let tab = Tab::logged_in(policy);
    tab.advance(SESSION_LIFE);
    let before = tab.server.total();

    assert_eq!(tab.get(ME).failed(), Error::SessionEnded { end: Some(SessionEnd::new(EndReason::Expired)) });

    assert_eq!(tab.server.total(), before);
    assert_eq!(tab.status(), Status::Anonymous { end: Some(SessionEnd::new(EndReason::Expired)) });
}

// 13: no timer tells of the end of a session that went by while the machine slept.
#[apply(under_renewable_policies!)]
fn a_session_that_ended_while_the_machine_slept_asks_nothing_of_the_network(policy: PolicyName) {
    let tab = Tab::logged_in(policy);
    tab.sleep(SESSION_LIFE);
    let before = tab.server.total();

    assert_eq!(tab.get(ME).failed(), Error::SessionEnded { end: Some(SessionEnd::new(EndReason::Expired)) });

    assert_eq!(tab.server.total(), before);
}

// 7, 13
#[apply(under_refreshing_policies!)]
fn the_attempts_stop_at_an_end_that_went_by_while_the_machine_slept(policy: PolicyName) {
    let tab = Tab::with_dead_token(policy);
    tab.server.answers(REFRESH, Reply::Broken);
    tab.get(ME).failed();
    tab.sleep(SESSION_LIFE);

    tab.comes_online();

    assert_eq!(tab.refreshes(), 1);
    assert_eq!(tab.status(), Status::Anonymous { end: Some(SessionEnd::new(EndReason::Expired)) });
}

// 13: on a page that nobody touches.
#[apply(under_renewable_policies!)]
fn a_session_ends_on_time_without_a_request(policy: PolicyName) {
    let tab = Tab::logged_in(policy);

    tab.advance_into(SESSION_LIFE, SECOND);
    assert!(tab.is_logged_in());
    tab.advance(SECOND);

    assert_eq!(tab.status(), Status::Anonymous { end: Some(SessionEnd::new(EndReason::Expired)) });
}

// 13
#[apply(under_refreshing_policies!)]
fn a_session_that_ends_while_the_server_is_away_stops_the_attempts(policy: PolicyName) {
    let tab = Tab::logged_in(policy);
    tab.advance_into(SESSION_LIFE, 60 * SECOND);
    tab.server.answers(REFRESH, Reply::Broken);
    tab.get(ME).failed();

    tab.advance(60 * SECOND);
    let before = tab.server.total();
    tab.advance(600 * SECOND);

    assert_eq!(tab.status(), Status::Anonymous { end: Some(SessionEnd::new(EndReason::Expired)) });
    assert_eq!(tab.server.total(), before);
}

// 14
#[apply(under_refreshing_policies!)]
fn no_refresh_moves_the_end_of_the_session(policy: PolicyName) {
    for later in [SESSION_LIFE * 7, SESSION_LIFE / 2, Duration::ZERO] {
        let tab = Tab::with_dead_token(policy);
        let Status::LoggedIn { session: before, .. } = tab.status() else { panic!("logged in") };
        let mut grant = tab.server.grant(Duration::from_mins(5));
        grant["session"]["expires_at"] = json!(time_of_day(later));
        tab.server.answers(REFRESH, reply(200, grant.to_string()));
        tab.get(ME).succeeded();
        let Status::LoggedIn { session, .. } = tab.status() else { panic!("logged in") };
        assert_eq!(session.expires_at, before.expires_at);

        tab.advance_into(SESSION_LIFE, Duration::from_secs(301));
        assert!(tab.is_logged_in());
        tab.advance(SECOND);
        assert!(!tab.is_logged_in());
    }
}

// 13: what the first refresh of a page says counts from there.
#[apply(under_cookie_policies!)]
fn a_session_found_on_loading_ends_when_it_should(policy: PolicyName) {
    let tab = Tab::open(policy, true);
    tab.advance(SESSION_LIFE / 2);
    tab.hydrate();

    tab.advance_into(SESSION_LIFE / 2, SECOND);
    assert!(tab.is_logged_in());
    tab.advance(SECOND);
    assert!(!tab.is_logged_in());
}

// 18
#[test]
fn a_request_of_one_session_is_never_sent_with_the_token_of_another() {
    let tab = Tab::with_dead_token(Retention);
    tab.server.changes_session("somebody else");

    let call = tab.get(ME);

    assert_eq!(call.failed(), Error::SessionEnded { end: None });
    assert_eq!(tab.server.count(ME), 0);
    assert!(tab.is_logged_in());
    assert_eq!(tab.get(ME).succeeded(), 200);
}

// 18: the same where the token was refused.
#[test]
fn a_refused_request_is_not_sent_again_with_the_token_of_another_session() {
    let tab = Tab::logged_in(Retention);
    tab.server.expires_tokens();
    tab.server.changes_session("somebody else");

    assert_eq!(tab.get(ME).failed(), Error::SessionEnded { end: None });

    assert_eq!((tab.refreshes(), tab.server.count(ME)), (1, 1));
}
