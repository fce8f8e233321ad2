//! Every order of events with sessions that are bound to one tab.

use doorward_api::PolicyName::{Banking, MemoryOnly, Retention};

use super::support::{
    interleavings::{assert_invariants, in_every_order, run_in_order},
    policies::{TAB_BOUND, WITH_COOKIE, under},
    server::ME,
    tab::Tab,
};
use crate::{Error, Status};

// Behavior 26.
#[test]
fn a_call_the_expiry_and_a_reauthentication() {
    in_every_order(10, |choices| {
        let tab = Tab::logged_in(Banking);
        tab.browser.holds_events.set(true);
        let call = tab.get(ME);
        tab.server.expire_tokens();
        run_in_order(&tab, choices);
        tab.browser.holds_events.set(true);
        let login = tab.log_in();
        let late = tab.get(ME);
        run_in_order(&tab, choices);

        login.succeeded();
        assert_eq!((call.succeeded(), late.succeeded()), (200, 200));
        assert_eq!(tab.refreshes(), 0);
        assert_eq!(tab.server.active_sessions(tab.browser.elapsed()), 1);
    });
}

// Behavior 26. The login comes before any rejection.
#[test]
fn a_call_and_a_login_before_the_expiry() {
    in_every_order(5, |choices| {
        let tab = Tab::logged_in(Banking);
        tab.browser.holds_events.set(true);
        let call = tab.get(ME);
        let login = tab.log_in();
        run_in_order(&tab, choices);

        login.succeeded();
        assert_eq!(call.succeeded(), 200);
        assert!(tab.server.count(ME) <= 2);
        assert_eq!(tab.server.active_sessions(tab.browser.elapsed()), 1);
    });
}

// Behavior 18, 26.
#[test]
fn a_call_and_a_reauthentication_of_another_user() {
    in_every_order(10, |choices| {
        let tab = Tab::logged_in(Banking);
        tab.browser.holds_events.set(true);
        let calls = vec![tab.get(ME), tab.get(ME)];
        tab.server.expire_tokens();
        let login = tab.log_in_as("bob");
        run_in_order(&tab, choices);

        login.succeeded();
        assert_eq!(tab.user_name().as_deref(), Some("Bob"));
        for call in calls {
            assert!(matches!(call.failed(), Error::SessionEnded { .. }));
        }
        for me in tab.server.received().iter().filter(|received| received.path == ME) {
            assert_eq!(tab.server.owner(me).as_deref(), Some("ada"));
        }
        assert_eq!(tab.server.active_sessions(tab.browser.elapsed()), 1);
    });
}

#[test]
fn a_call_and_the_end_of_the_page() {
    under(TAB_BOUND, |policy| {
        in_every_order(3, |choices| {
            let tab = Tab::logged_in(policy);
            tab.server.expire_tokens();
            tab.browser.holds_events.set(true);
            let call = tab.get(ME);
            tab.hide_page();
            run_in_order(&tab, choices);

            assert!(call.result().is_err() && !tab.is_logged_in());
            assert_eq!(tab.server.active_sessions(tab.browser.elapsed()), 0);
        });
    });
}

// Behavior 15.
#[test]
fn a_tab_bound_logout_and_a_shared_login_in_another_tab() {
    under(TAB_BOUND, |policy| {
        in_every_order(5, |choices| {
            let tab = Tab::logged_in(policy);
            let other = tab.open_another(false);
            tab.server.policy.set(Retention);
            tab.browser.holds_events.set(true);
            tab.log_out();
            let login = other.log_in_as("bob");
            run_in_order(&tab, choices);

            login.succeeded();
            assert_eq!(other.user_name().as_deref(), Some("Bob"));
            assert_eq!(tab.server.cookie_owner().as_deref(), Some("bob"));
            assert_eq!(tab.server.active_sessions(tab.browser.elapsed()), 1);
            assert_invariants(&[&other], vec![]);
        });
    });
}

// Behavior 18. The login ends the shared session; the new one exists in one tab only.
#[test]
fn a_call_and_a_tab_bound_login_in_another_tab() {
    under(WITH_COOKIE, |policy| {
        in_every_order(10, |choices| {
            let tab = Tab::logged_in(policy);
            let other = tab.another_logged_in();
            tab.server.policy.set(MemoryOnly);
            tab.browser.holds_events.set(true);
            let call = tab.get(ME);
            let login = other.log_in_as("bob");
            run_in_order(&tab, choices);

            login.succeeded();
            assert_eq!(other.user_name().as_deref(), Some("Bob"));
            assert!(matches!(tab.status(), Status::Anonymous { .. }));
            assert!(matches!(call.result(), Ok(200) | Err(Error::SessionEnded { .. })));
            for me in tab.server.received().iter().filter(|received| received.path == ME) {
                assert_eq!(tab.server.owner(me).as_deref(), Some("ada"));
            }
        });
    });
}
