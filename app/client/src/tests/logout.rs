//! How people leave.

use std::time::Duration;

use macro_rules_attribute::apply;

use super::{
    server::{LOGOUT, ME, REFRESH, Reply, problem, reply, wait_for},
    tab::Tab,
};
use crate::{Error, SessionEnd, Status};
use doorward_api::EndReason;

const SECOND: Duration = Duration::from_secs(1);
const LOGGED_OUT: Option<SessionEnd> = Some(SessionEnd::new(EndReason::LoggedOut));

#[apply(under_cookie_policies!)]
fn a_logout_is_told_to_the_server_once_and_without_a_token(policy: PolicyName) {
    let tab = Tab::logged_in(policy);

    tab.logout();
    tab.advance(Duration::from_hours(1));

    assert_eq!(tab.status(), Status::Anonymous { end: LOGGED_OUT });
    let told: Vec<_> = tab.server.received().into_iter().filter(|received| received.path == LOGOUT).collect();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].bearer, None);
}

// 15
#[apply(under_refreshing_policies!)]
fn a_token_that_comes_after_the_logout_is_thrown_away(policy: PolicyName) {
    let tab = Tab::with_dead_token(policy);
    tab.server.holds(REFRESH);
    let call = tab.get(ME);

    tab.logout();
    tab.server.releases(REFRESH);
    tab.run();

    assert_eq!(call.failed(), Error::SessionEnded { end: LOGGED_OUT });
    assert_eq!(tab.status(), Status::Anonymous { end: LOGGED_OUT });
    assert_eq!(tab.server.count(ME), 0);
}

// 15: in the very first refresh of a page.
#[apply(under_cookie_policies!)]
fn a_logout_before_it_is_known_who_is_there_holds(policy: PolicyName) {
    let tab = Tab::open(policy, true);
    tab.server.holds(REFRESH);
    tab.hydrate();

    tab.logout();
    tab.server.releases(REFRESH);
    tab.run();

    assert_eq!(tab.status(), Status::Anonymous { end: LOGGED_OUT });
}

// 15, 19
#[apply(under_each_policy!)]
fn an_answer_that_comes_after_the_logout_is_thrown_away(policy: PolicyName) {
    let tab = Tab::logged_in(policy);
    tab.server.holds(ME);
    let call = tab.get(ME);

    tab.logout();
    tab.server.releases(ME);
    tab.run();

    assert_eq!(call.failed(), Error::SessionEnded { end: LOGGED_OUT });
}

// Epoch
#[apply(under_each_policy!)]
fn an_answer_from_before_a_logout_and_a_login_is_thrown_away(policy: PolicyName) {
    let tab = Tab::logged_in(policy);
    tab.server.holds(ME);
    let call = tab.get(ME);
    tab.logout();
    tab.start_login().succeeded();
    let status = tab.status();

    tab.server.answers(ME, super::server::ended("logged_out"));
    tab.server.releases(ME);
    tab.run();

    assert_eq!(call.failed(), Error::SessionEnded { end: None });
    assert_eq!(tab.status(), status);
}

// 16
#[apply(under_each_policy!)]
fn a_logout_without_a_network_is_told_when_it_can_be(policy: PolicyName) {
    let tab = Tab::logged_in(policy);
    tab.server.answers(LOGOUT, Reply::Broken);

    tab.logout();
    assert_eq!(tab.status(), Status::Anonymous { end: LOGGED_OUT });
    tab.advance(60 * SECOND);
    let attempts = tab.server.count(LOGOUT);
    assert!((2..10).contains(&attempts), "{attempts}");
    tab.server.recovers(LOGOUT);
    tab.comes_online();
    assert_eq!(tab.server.count(LOGOUT), attempts + 1);

    tab.advance(Duration::from_hours(1));
    tab.comes_online();
    assert_eq!(tab.server.count(LOGOUT), attempts + 1);
}

// 16
#[apply(under_each_policy!)]
fn a_logout_waits_as_long_as_the_server_asks(policy: PolicyName) {
    let tab = Tab::logged_in(policy);
    tab.server.answers(LOGOUT, wait_for(30, problem(503, "unavailable")));
    tab.logout();

    tab.comes_online();
    tab.advance(29 * SECOND);
    assert_eq!(tab.server.count(LOGOUT), 1);
    tab.advance(SECOND);
    assert_eq!(tab.server.count(LOGOUT), 2);
}

// 16
#[apply(under_each_policy!)]
fn a_logout_that_the_server_refuses_is_not_repeated(policy: PolicyName) {
    let tab = Tab::logged_in(policy);
    tab.server.answers(LOGOUT, problem(403, "cross_site_request"));

    tab.logout();
    tab.advance(Duration::from_hours(1));

    assert_eq!(tab.server.count(LOGOUT), 1);
}

// 16: a login ends the session whose cookie it finds, and its own session must not be ended in its place.
#[apply(under_cookie_policies!)]
fn a_new_login_makes_the_waiting_logout_pointless(policy: PolicyName) {
    let tab = Tab::logged_in(policy);
    tab.server.answers(LOGOUT, reply(502, "Bad gateway"));
    tab.logout();
    let attempts = tab.server.count(LOGOUT);

    tab.start_login().succeeded();
    tab.server.recovers(LOGOUT);
    tab.comes_online();
    tab.advance(60 * SECOND);

    assert!(tab.is_logged_in());
    assert_eq!(tab.server.count(LOGOUT), attempts);
}

// 16: the answer to a logout clears the cookie, so it must not come after a login's.
#[apply(under_cookie_policies!)]
fn a_login_waits_for_a_logout_that_is_under_way(policy: PolicyName) {
    let tab = Tab::logged_in(policy);
    tab.server.holds(LOGOUT);
    tab.logout();

    let login = tab.start_login();
    assert!(login.is_waiting());
    tab.server.releases(LOGOUT);
    tab.run();

    login.succeeded();
    assert!(tab.is_logged_in());
}

// 17
#[apply(under_renewable_policies!)]
fn a_logout_with_a_dead_token_needs_no_refresh(policy: PolicyName) {
    let tab = Tab::with_dead_token(policy);

    tab.logout();

    assert_eq!((tab.refreshes(), tab.server.count(LOGOUT)), (0, 1));
}
