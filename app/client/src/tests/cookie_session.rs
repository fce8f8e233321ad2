//! Sessions under the policy `server-session`: no tokens, and no page acts with the cookie of another user.
//!
//! Behavior 28.

use std::time::Duration;

use doorward_api::{
    EndReason,
    PolicyName::{Retention, ServerSession},
};

use super::support::{
    policies::{WITH_COOKIE, under},
    replies::{SESSION_LIFETIME, problem, session_ended},
    server::{EVENTS, LOGIN, LOGOUT, ME, REFRESH},
    tab::Tab,
};
use crate::{Error, SessionEnd, Status};

const UNKNOWN: Status = Status::Anonymous { end: Some(SessionEnd::new(EndReason::Unknown)) };

#[test]
fn every_request_names_its_session_and_has_no_token() {
    let tab = Tab::logged_in(ServerSession);
    tab.set_visible(true);
    tab.get(ME).succeeded();
    tab.refresh().succeeded();
    tab.advance(SESSION_LIFETIME / 2);
    tab.get(ME).succeeded();
    tab.log_out();

    for received in tab.server.received() {
        assert_eq!(received.bearer, None);
        let is_intercepted = ![LOGIN, REFRESH, LOGOUT].contains(&received.path.as_str());
        assert_eq!(received.session.is_some(), is_intercepted, "{}", received.path);
    }
    assert_eq!(tab.server.count(EVENTS), 1);
}

#[test]
fn a_cookie_session_is_not_refreshed() {
    let tab = Tab::logged_in(ServerSession);
    for clock in [0.0, 7200.0, -7200.0] {
        tab.shift_wall_clock(clock);
        tab.advance(Duration::from_hours(1));
        tab.resume();
        tab.go_online();
        assert_eq!(tab.get(ME).succeeded(), 200);
    }
    assert_eq!(tab.refreshes(), 0);
}

// Behavior 18. Another user logged in in a tab that sent no message.
#[test]
fn a_replaced_session_is_noticed_before_any_effect() {
    let tab = Tab::logged_in(ServerSession);
    tab.server.replace_session("bob");

    assert_eq!(tab.get(ME).failed(), Error::SessionEnded { end: Some(SessionEnd::new(EndReason::Replaced)) });

    assert_eq!(tab.user_name().as_deref(), Some("Bob"));
    assert_eq!((tab.server.count(ME), tab.refreshes()), (1, 1));
    assert_eq!(tab.get(ME).succeeded(), 200);
}

// Behavior 18.
#[test]
fn a_session_replaced_under_another_policy_is_noticed() {
    let tab = Tab::logged_in(ServerSession);
    tab.server.policy.set(Retention);
    tab.server.replace_session("bob");

    tab.get(ME).failed();

    assert_eq!(tab.user_name().as_deref(), Some("Bob"));
    assert_eq!(tab.get(ME).succeeded(), 200);
}

// Behavior 18.
#[test]
fn requests_of_two_users_are_kept_apart() {
    let tab = Tab::logged_in(ServerSession);
    let other = tab.another_logged_in();
    tab.server.holds(ME);
    let of_ada = tab.get(ME);

    other.log_in_as("bob").succeeded();
    tab.server.releases(ME);
    tab.run();

    assert!(matches!(of_ada.failed(), Error::SessionEnded { .. }));
    assert_eq!((tab.user_name().as_deref(), other.user_name().as_deref()), (Some("Bob"), Some("Bob")));
    assert_eq!(tab.get(ME).succeeded(), 200);
}

// Behavior 25.
#[test]
fn a_deleted_cookie_costs_one_refresh() {
    for code in ["token_missing", "session_missing"] {
        let tab = Tab::logged_in(ServerSession);
        tab.server.delete_cookie();
        tab.server.always_answers(ME, problem(401, code));

        tab.get(ME).failed();

        assert_eq!(tab.status(), UNKNOWN);
        let before = tab.server.total();
        tab.get(ME).failed();
        tab.advance(Duration::from_hours(1));
        assert_eq!((tab.refreshes(), tab.server.total()), (1, before));
    }
}

// Behavior 5, 6.
#[test]
fn token_errors_are_passed_through_without_a_token() {
    for code in ["token_expired", "token_invalid"] {
        let tab = Tab::logged_in(ServerSession);
        tab.server.always_answers(ME, problem(401, code));

        assert_eq!(tab.get(ME).succeeded(), 401);

        assert_eq!((tab.server.count(ME), tab.refreshes()), (1, 0), "{code}");
        assert!(tab.is_logged_in());
    }
}

// Behavior 8, 22.
#[test]
fn a_session_end_in_a_response_ends_the_session_in_all_tabs() {
    under(WITH_COOKIE, |policy| {
        let tab = Tab::logged_in(policy);
        let other = tab.another_logged_in();
        tab.server.always_answers(ME, session_ended("policy_changed"));

        tab.get(ME).failed();

        let ended = Status::Anonymous { end: Some(SessionEnd::new(EndReason::PolicyChanged)) };
        assert_eq!([tab.status(), other.status()], [ended.clone(), ended]);
    });
}

// Behavior 20.
#[test]
fn one_refresh_restores_the_session_in_all_tabs() {
    let tab = Tab::open(ServerSession, true);
    let other = tab.open_another(true);
    tab.server.holds(REFRESH);
    tab.hydrate();
    other.hydrate();

    tab.server.releases(REFRESH);
    tab.run();

    assert!(tab.is_logged_in() && other.is_logged_in());
    assert_eq!(tab.refreshes(), 1);
}
