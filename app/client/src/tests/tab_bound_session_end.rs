//! The end of a tab-bound session.
//!
//! Behavior 27.

use std::time::Duration;

use doorward_api::{
    EndReason,
    PolicyName::{self, MemoryOnly},
};

use super::{
    support::{
        policies::{TAB_BOUND, WITH_COOKIE, under},
        replies::{Reply, SESSION_LIFETIME, problem, session_lifetime},
        server::{LOGOUT, ME, TOKEN_LIFETIME},
        tab::Tab,
    },
    tab_bound_session::ada_tab_bound_and_bob,
};
use crate::{Error, SessionEnd, Status};

const SECOND: Duration = Duration::from_secs(1);
const LOGGED_OUT: Status = Status::Anonymous { end: Some(SessionEnd::new(EndReason::LoggedOut)) };

#[test]
fn a_tab_bound_session_ends_with_its_page() {
    under(TAB_BOUND, |policy| {
        let tab = Tab::logged_in(policy);
        let call = {
            tab.server.holds(ME);
            tab.get(ME)
        };

        tab.hide_page();

        assert_eq!(tab.status(), LOGGED_OUT);
        assert_eq!(tab.server.active_sessions(Duration::ZERO), 0);
        tab.restore_page();
        tab.server.releases(ME);
        tab.run();
        assert_eq!(tab.status(), LOGGED_OUT);
        assert!(matches!(call.failed(), Error::SessionEnded { .. }));
        assert_eq!(tab.refreshes(), 0);
    });
}

// Behavior 19. The browser did not report that the page was hidden.
#[test]
fn a_tab_bound_session_is_gone_when_its_page_is_restored() {
    under(TAB_BOUND, |policy| {
        let tab = Tab::logged_in(policy);

        tab.restore_page();

        assert_eq!(tab.status(), LOGGED_OUT);
        assert_eq!(tab.server.active_sessions(Duration::ZERO), 0);
    });
}

#[test]
fn a_shared_session_survives_the_page() {
    under(WITH_COOKIE, |policy| {
        let tab = Tab::logged_in(policy);

        tab.hide_page();
        tab.restore_page();

        assert!(tab.is_logged_in());
        assert_eq!(tab.server.count(LOGOUT), 0);
    });
}

#[test]
fn a_tab_bound_logout_sends_its_own_credential_and_no_cookie() {
    under(TAB_BOUND, |policy| {
        let [tab, other] = ada_tab_bound_and_bob(policy);

        tab.log_out();

        let [logout] = tab.server.received_at(LOGOUT).try_into().expect("one logout");
        assert!(logout.bearer.is_some() && !logout.has_cookie);
        let refresh_token = (policy == MemoryOnly).then(|| r#"{"refresh_token":"refresh.token.0"}"#.to_owned());
        assert_eq!(logout.body, refresh_token);
        assert_eq!(tab.server.active_sessions(Duration::ZERO), 1);
        assert_eq!(tab.status(), LOGGED_OUT);
        assert_eq!(other.user_name().as_deref(), Some("Bob"));
        assert_eq!(other.refresh().result(), Ok(()));
    });
}

// Behavior 17.
#[test]
fn a_logout_with_an_expired_token_presents_the_refresh_token_alone() {
    let tab = Tab::with_expired_token(MemoryOnly);

    tab.log_out();

    let [logout] = tab.server.received_at(LOGOUT).try_into().expect("one logout");
    assert_eq!(logout.bearer, None);
    assert_eq!((tab.refreshes(), tab.server.active_sessions(TOKEN_LIFETIME)), (0, 0));
}

// Behavior 16.
#[test]
fn a_tab_bound_logout_is_retried_while_another_user_is_logged_in() {
    under(TAB_BOUND, |policy| {
        let tab = Tab::logged_in(policy);
        tab.server.always_answers(LOGOUT, Reply::ConnectionLost);
        tab.log_out();
        assert!(!tab.is_online());
        tab.log_in_as("bob").succeeded();
        assert!(tab.is_online());
        tab.advance(60 * SECOND);
        assert!(tab.is_online() && tab.server.count(LOGOUT) > 2);

        tab.server.recovers(LOGOUT);
        tab.go_online();

        assert_eq!(tab.server.active_sessions(60 * SECOND), 1);
        assert_eq!(tab.get(ME).succeeded(), 200);
        let logouts = tab.server.count(LOGOUT);
        tab.advance(60 * SECOND);
        assert_eq!(tab.server.count(LOGOUT), logouts);
    });
}

// Behavior 16.
#[test]
fn a_tab_bound_logout_is_not_retried_after_the_session_has_expired() {
    under(TAB_BOUND, |policy| {
        let tab = Tab::logged_in(policy);
        tab.server.always_answers(LOGOUT, problem(503, "unavailable"));
        tab.log_out();

        tab.advance(session_lifetime(policy) + 60 * SECOND);
        let logouts = tab.server.count(LOGOUT);
        tab.advance(SESSION_LIFETIME);

        assert_eq!(tab.server.count(LOGOUT), logouts);
        assert!(tab.is_online());
    });
}

#[test]
fn a_login_ends_the_tab_bound_session_that_it_replaces() {
    under(TAB_BOUND, |policy| {
        for next in PolicyName::ALL {
            let tab = Tab::logged_in(policy);
            tab.server.policy.set(next);

            tab.log_in_as("bob").succeeded();

            assert_eq!(tab.server.active_sessions(Duration::ZERO), 1, "{next:?}");
            assert_eq!(tab.user_name().as_deref(), Some("Bob"));
            assert_eq!(tab.get(ME).succeeded(), 200);
        }
    });
}
