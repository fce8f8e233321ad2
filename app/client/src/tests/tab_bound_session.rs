//! A tab-bound session, beside other tabs.
//!
//! Behavior 27.

use std::time::Duration;

use doorward_api::{
    EndReason,
    PolicyName::{self, MemoryOnly, Retention},
};

use super::support::{
    policies::{TAB_BOUND, WITH_COOKIE, under},
    replies::{Reply, session_ended},
    server::{LOGOUT, ME, REFRESH, TOKEN_LIFETIME},
    tab::Tab,
};
use crate::{Connection, SessionEnd, Status};

const SECOND: Duration = Duration::from_secs(1);

/// One browser: Ada with a tab-bound session in one tab, Bob with a cookie in another.
pub(super) fn ada_tab_bound_and_bob(policy: PolicyName) -> [Tab; 2] {
    let tab = Tab::logged_in(policy);
    tab.server.policy.set(Retention);
    let other = tab.open_another(false);
    other.log_in_as("bob").succeeded();
    [tab, other]
}

#[test]
fn a_tab_bound_session_sends_no_messages() {
    under(TAB_BOUND, |policy| {
        let tab = Tab::open(policy, false);
        let other = tab.open_another(false);
        tab.log_in().succeeded();
        tab.server.always_answers(REFRESH, Reply::ConnectionLost);
        tab.advance_until_left(TOKEN_LIFETIME, 5 * SECOND);
        tab.get(ME).succeeded();
        tab.server.recovers(REFRESH);
        tab.go_online();
        tab.log_out();
        tab.log_in().succeeded();
        tab.server.end_session("revoked");
        tab.get(ME).failed();

        assert_eq!(tab.browser.messages(), [""; 0]);
        assert_eq!(other.status(), Status::Anonymous { end: None });
    });
}

#[test]
fn a_tab_bound_session_ignores_messages_of_other_tabs() {
    under(TAB_BOUND, |policy| {
        let [tab, other] = ada_tab_bound_and_bob(policy);
        other.refresh().succeeded();
        other.server.always_answers(REFRESH, Reply::ConnectionLost);
        other.refresh().failed();
        assert_ne!(other.connection(), Connection::Online);
        other.log_out();
        other.log_in_as("bob").succeeded();
        other.server.end_session("revoked");
        other.get(ME).failed();
        for message in ["ended logged_out -\n", "ended revoked -\nsession 1 of bob"] {
            tab.receive(message);
        }

        assert_eq!(tab.user_name().as_deref(), Some("Ada"));
        assert!(tab.is_online());
        assert_eq!(tab.get(ME).succeeded(), 200);
    });
}

#[test]
fn a_tab_bound_login_ends_the_shared_session_in_all_tabs() {
    under(WITH_COOKIE, |policy| {
        let tab = Tab::logged_in(policy);
        let other = tab.another_logged_in();
        tab.server.policy.set(MemoryOnly);

        tab.log_in_as("bob").succeeded();

        assert_eq!(tab.user_name().as_deref(), Some("Bob"));
        assert_eq!(other.status(), Status::Anonymous { end: Some(SessionEnd::new(EndReason::Replaced)) });
    });
}

// The tab of the login never had the session of the cookie.
#[test]
fn a_shared_session_that_was_replaced_without_a_message_shows_the_reason() {
    under(WITH_COOKIE, |policy| {
        let tab = Tab::logged_in(MemoryOnly);
        tab.server.policy.set(policy);
        let other = tab.open_another(false);
        other.log_in_as("bob").succeeded();
        other.set_visible(true);
        tab.server.policy.set(MemoryOnly);
        tab.log_in().succeeded();

        other.get(ME).result().expect_err("the session has ended");

        let Status::Anonymous { end: Some(end) } = other.status() else { panic!("logged in") };
        assert_eq!(end.reason, EndReason::Replaced);
        assert_eq!(tab.user_name().as_deref(), Some("Ada"));
    });
}

#[test]
fn a_tab_bound_session_shows_that_a_newer_login_replaced_it() {
    under(TAB_BOUND, |policy| {
        let [tab, _other] = ada_tab_bound_and_bob(policy);
        tab.server.always_answers(ME, session_ended("replaced"));

        tab.get(ME).failed();

        assert_eq!(tab.status(), Status::Anonymous { end: Some(SessionEnd::new(EndReason::Replaced)) });
        assert_eq!(tab.refreshes(), 0);
    });
}

#[test]
fn each_tab_bound_session_has_its_own_stream() {
    under(TAB_BOUND, |policy| {
        let tab = Tab::logged_in(policy);
        let other = tab.open_another(false);
        other.log_in_as("bob").succeeded();
        tab.set_visible(true);
        other.set_visible(true);
        assert_eq!(tab.server.streams.count(), 2);

        tab.server.end_session("revoked");
        tab.run();

        assert!(tab.is_logged_in() && !other.is_logged_in());
    });
}

// Behavior 20, 21.
#[test]
fn a_tab_bound_refresh_waits_for_no_other_tab() {
    let [tab, other] = ada_tab_bound_and_bob(MemoryOnly);
    tab.advance(TOKEN_LIFETIME);
    tab.server.holds(REFRESH);
    let call = other.get(ME);
    let refreshes = tab.refreshes();

    let own = tab.get(ME);

    assert_eq!(tab.refreshes(), refreshes + 1);
    tab.server.releases(REFRESH);
    tab.run();
    assert_eq!((own.succeeded(), call.succeeded()), (200, 200));
    for refresh in tab.server.received().into_iter().filter(|received| received.path == REFRESH) {
        assert_ne!(refresh.has_cookie, refresh.body.is_some(), "one credential per request");
    }
    assert_eq!((tab.user_name().as_deref(), other.user_name().as_deref()), (Some("Ada"), Some("Bob")));
}

#[test]
fn a_refresh_token_is_sent_to_refresh_and_logout_only() {
    let tab = Tab::logged_in(MemoryOnly);
    tab.set_visible(true);
    for _ in 0..3 {
        tab.get(ME).succeeded();
        tab.advance(TOKEN_LIFETIME);
    }
    tab.log_in().succeeded();
    tab.log_out();

    for received in tab.server.received() {
        let has_it = received.body.is_some_and(|body| body.contains("refresh.token"));
        assert_eq!(has_it, [REFRESH, LOGOUT].contains(&received.path.as_str()), "{}", received.path);
        assert!(received.bearer.is_none_or(|bearer| !bearer.contains("refresh")));
    }
    assert!(tab.browser.messages().iter().all(|message| !message.contains("token")));
}
