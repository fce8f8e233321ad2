//! Every order of events: calls, refreshes, logins and logouts in the tabs of one browser.

use doorward_api::PolicyName::Retention;

use super::support::{
    interleavings::{assert_invariants, in_every_order, run_in_order},
    policies::{EACH, RENEWABLE, WITH_COOKIE, WITH_REFRESH, under},
    server::ME,
    tab::Tab,
};
use crate::{Decision, TimelineEntry};

// Behavior 2, 3, 4.
#[test]
fn two_calls_while_the_token_expires() {
    under(WITH_REFRESH, |policy| {
        in_every_order(10, |choices| {
            let tab = Tab::logged_in(policy);
            tab.browser.holds_events.set(true);
            let calls = vec![tab.get(ME), tab.get(ME)];
            tab.server.expire_tokens();
            run_in_order(&tab, choices);

            assert!(calls.into_iter().all(|call| call.succeeded() == 200));
            assert!(tab.refreshes() <= 1);
        });
    });
}

// Behavior 15.
#[test]
fn a_call_and_a_logout() {
    under(RENEWABLE, |policy| {
        in_every_order(3, |choices| {
            let tab = Tab::with_expired_token(policy);
            tab.browser.holds_events.set(true);
            let call = tab.get(ME);
            tab.log_out();
            run_in_order(&tab, choices);

            assert!(!tab.is_logged_in());
            assert_eq!(tab.server.cookie_owner(), None);
            assert_invariants(&[&tab], vec![call]);
        });
    });
}

// Behavior 20.
#[test]
fn calls_in_two_tabs() {
    in_every_order(100, |choices| {
        let [tab, other] = Tab::two_with_expired_tokens(Retention);
        let before = tab.refreshes();
        tab.browser.holds_events.set(true);
        let calls = vec![tab.get(ME), other.get(ME)];
        run_in_order(&tab, choices);

        // One refresh, unless its message is slower than everything else by more than the tabs wait.
        assert!((1..=2).contains(&(tab.refreshes() - before)));
        assert!(calls.iter().all(|call| !call.is_waiting()));
        assert!(tab.is_logged_in() && other.is_logged_in());
        assert_invariants(&[&tab, &other], calls);
    });
}

// Behavior 15, 22.
#[test]
fn a_call_and_a_logout_in_another_tab() {
    under(WITH_COOKIE, |policy| {
        in_every_order(30, |choices| {
            let [tab, other] = Tab::two_with_expired_tokens(policy);
            tab.browser.holds_events.set(true);
            let call = tab.get(ME);
            other.log_out();
            run_in_order(&tab, choices);

            assert!(!tab.is_logged_in() && !other.is_logged_in());
            assert_eq!(tab.server.cookie_owner(), None);
            assert_invariants(&[&tab, &other], vec![call]);
        });
    });
}

// Behavior 18.
#[test]
fn a_call_and_a_login_of_another_user_in_another_tab() {
    under(WITH_COOKIE, |policy| {
        in_every_order(50, |choices| {
            let [tab, other] = Tab::two_with_expired_tokens(policy);
            tab.browser.holds_events.set(true);
            let call = tab.get(ME);
            let login = other.log_in_as("bob");
            run_in_order(&tab, choices);

            login.succeeded();
            assert_eq!((tab.user_name().as_deref(), other.user_name().as_deref()), (Some("Bob"), Some("Bob")));
            assert_eq!(tab.server.cookie_owner().as_deref(), Some("bob"));
            assert_invariants(&[&tab, &other], vec![call]);
        });
    });
}

// Behavior 16, 18. The login wins: the logout before it ends no later session.
#[test]
fn a_logout_and_a_login_in_another_tab() {
    under(WITH_COOKIE, |policy| {
        in_every_order(20, |choices| {
            let tab = Tab::logged_in(policy);
            let other = tab.another_logged_in();
            tab.browser.holds_events.set(true);
            tab.log_out();
            let login = other.log_in_as("bob");
            run_in_order(&tab, choices);

            login.succeeded();
            assert_eq!(other.user_name().as_deref(), Some("Bob"));
            assert_eq!(tab.server.cookie_owner().as_deref(), Some("bob"));
            assert_invariants(&[&tab, &other], vec![]);
        });
    });
}

// Behavior 18. The tabs show the user of the last cookie.
#[test]
fn logins_in_two_tabs() {
    under(WITH_COOKIE, |policy| {
        in_every_order(10, |choices| {
            let tab = Tab::open(policy, false);
            let other = tab.open_another(false);
            tab.browser.holds_events.set(true);
            let logins = [tab.log_in_as("ada"), other.log_in_as("bob")];
            run_in_order(&tab, choices);

            assert!(logins.into_iter().all(|login| login.result().is_ok()));
            assert_eq!(tab.user_name(), other.user_name());
            assert_invariants(&[&tab, &other], vec![]);
        });
    });
}

// Behavior 15.
#[test]
fn a_login_and_a_logout_right_after_it() {
    under(EACH, |policy| {
        in_every_order(1, |choices| {
            let tab = Tab::open(policy, false);
            tab.browser.holds_events.set(true);
            let login = tab.log_in();
            tab.log_out();
            run_in_order(&tab, choices);

            login.failed();
            assert!(!tab.is_logged_in());
            assert_eq!(tab.server.cookie_owner(), None);
        });
    });
}

// Behavior 20, 22.
#[test]
fn a_page_load_and_a_logout_in_another_tab() {
    under(WITH_COOKIE, |policy| {
        in_every_order(10, |choices| {
            let tab = Tab::logged_in(policy);
            let new = tab.open_another(true);
            tab.browser.holds_events.set(true);
            new.hydrate();
            tab.log_out();
            run_in_order(&tab, choices);

            assert!(!tab.is_logged_in() && !new.is_logged_in());
        });
    });
}

// Behavior 18. The stream is faster or slower than the message of the other tab.
#[test]
fn a_login_in_another_tab_and_the_stream_about_the_replaced_session() {
    under(WITH_COOKIE, |policy| {
        in_every_order(10, |choices| {
            let tab = Tab::logged_in(policy);
            let other = tab.another_logged_in();
            tab.set_visible(true);
            assert!(tab.client.session.timeline().start());
            tab.browser.holds_events.set(true);
            let login = other.log_in_as("bob");
            run_in_order(&tab, choices);

            login.succeeded();
            assert_eq!((tab.user_name().as_deref(), other.user_name().as_deref()), (Some("Bob"), Some("Bob")));
            let was_shown_the_login_page = |TimelineEntry { decision, .. }: &TimelineEntry| {
                matches!(decision, Decision::StatusChanged { is_logged_in: Some(false), .. })
            };
            let timeline = tab.client.session.timeline();
            assert!(!timeline.read(|entries| entries.iter().any(was_shown_the_login_page)));
            assert_invariants(&[&tab, &other], vec![]);
        });
    });
}
