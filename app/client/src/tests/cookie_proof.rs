//! A session that a cookie proves (28): no token anywhere, and no page acts as whoever the cookie happens to be of.

use std::time::Duration;

use macro_rules_attribute::apply;

use super::{
    server::{EVENTS, LOGIN, LOGOUT, ME, REFRESH, SESSION_LIFE, ended, problem},
    tab::Tab,
};
use crate::{Error, SessionEnd, Status};
use doorward_api::{
    EndReason,
    PolicyName::{Retention, ServerSession},
};

const UNKNOWN: Status = Status::Anonymous { end: Some(SessionEnd::new(EndReason::Unknown)) };

#[test]
fn every_request_says_which_session_it_means_and_has_no_token() {
    let tab = Tab::logged_in(ServerSession);
    tab.show(true);
    tab.get(ME).succeeded();
    tab.refresh().succeeded();
    tab.advance(SESSION_LIFE / 2);
    tab.get(ME).succeeded();
    tab.logout();

    for received in tab.server.received() {
        assert_eq!(received.bearer, None);
        let is_intercepted = ![LOGIN, REFRESH, LOGOUT].contains(&received.path.as_str());
        assert_eq!(received.session.is_some(), is_intercepted, "{}", received.path);
    }
    assert_eq!(tab.server.count(EVENTS), 1);
}

#[test]
fn nothing_expires_so_nothing_is_refreshed() {
    let tab = Tab::logged_in(ServerSession);
    for clock in [0.0, 7200.0, -7200.0] {
        tab.set_clock_by(clock);
        tab.advance(Duration::from_hours(1));
        tab.is_seen();
        tab.comes_online();
        assert_eq!(tab.get(ME).succeeded(), 200);
    }
    assert_eq!(tab.refreshes(), 0);
}

// 18: another person has logged in in a tab that told nobody.
#[test]
fn a_login_in_another_tab_is_noticed_before_any_effect() {
    let tab = Tab::logged_in(ServerSession);
    tab.server.changes_session("bob");

    assert_eq!(tab.get(ME).failed(), Error::SessionEnded { end: Some(SessionEnd::new(EndReason::Replaced)) });

    assert_eq!(tab.name().as_deref(), Some("Bob"));
    assert_eq!((tab.server.count(ME), tab.refreshes()), (1, 1));
    assert_eq!(tab.get(ME).succeeded(), 200);
}

// 18: and if the policy of that person is another one.
#[test]
fn a_login_under_another_policy_is_noticed_too() {
    let tab = Tab::logged_in(ServerSession);
    tab.server.policy.set(Retention);
    tab.server.changes_session("bob");

    tab.get(ME).failed();

    assert_eq!(tab.name().as_deref(), Some("Bob"));
    assert_eq!(tab.get(ME).succeeded(), 200);
}

// 18
#[test]
fn requests_of_two_people_are_kept_apart() {
    let tab = Tab::logged_in(ServerSession);
    let other = tab.logged_in_beside();
    tab.server.holds(ME);
    let of_ada = tab.get(ME);

    other.start_login_of("bob").succeeded();
    tab.server.releases(ME);
    tab.run();

    assert!(matches!(of_ada.failed(), Error::SessionEnded { .. }));
    assert_eq!((tab.name().as_deref(), other.name().as_deref()), (Some("Bob"), Some("Bob")));
    assert_eq!(tab.get(ME).succeeded(), 200);
}

// 25
#[test]
fn a_cookie_that_is_gone_costs_one_question() {
    for code in ["token_missing", "session_missing"] {
        let tab = Tab::logged_in(ServerSession);
        tab.server.wipes_cookie();
        tab.server.answers(ME, problem(401, code));

        tab.get(ME).failed();

        assert_eq!(tab.status(), UNKNOWN);
        let before = tab.server.total();
        tab.get(ME).failed();
        tab.advance(Duration::from_hours(1));
        assert_eq!((tab.refreshes(), tab.server.total()), (1, before));
    }
}

// 5, 6
#[test]
fn what_can_only_be_said_of_a_token_is_passed_through() {
    for code in ["token_expired", "token_invalid"] {
        let tab = Tab::logged_in(ServerSession);
        tab.server.answers(ME, problem(401, code));

        assert_eq!(tab.get(ME).succeeded(), 401);

        assert_eq!((tab.server.count(ME), tab.refreshes()), (1, 0), "{code}");
        assert!(tab.is_logged_in());
    }
}

// 8, 22
#[apply(under_cookie_policies!)]
fn an_end_that_a_request_is_told_of_is_one_in_all_tabs(policy: PolicyName) {
    let tab = Tab::logged_in(policy);
    let other = tab.logged_in_beside();
    tab.server.answers(ME, ended("policy_changed"));

    tab.get(ME).failed();

    let over = Status::Anonymous { end: Some(SessionEnd::new(EndReason::PolicyChanged)) };
    assert_eq!([tab.status(), other.status()], [over.clone(), over]);
}

// 20
#[test]
fn what_one_tab_learns_spares_the_others_the_question() {
    let tab = Tab::open(ServerSession, true);
    let other = tab.beside(true);
    tab.server.holds(REFRESH);
    tab.hydrate();
    other.hydrate();

    tab.server.releases(REFRESH);
    tab.run();

    assert!(tab.is_logged_in() && other.is_logged_in());
    assert_eq!(tab.refreshes(), 1);
}
