//! Every order of events with requests that wait for a confirmation.
//!
//! Behavior 39.

use doorward_api::PolicyName::{Banking, Retention};

use super::support::{
    confirmations::{CONFIRM, DANGEROUS},
    interleavings::{in_every_order, in_many_orders, run_in_order},
    policies::{EACH, WITH_COOKIE, WITH_REFRESH, under},
    server::ME,
    tab::Tab,
};
use crate::Error;

#[test]
fn two_calls_and_a_confirmation() {
    under(EACH, |policy| {
        in_many_orders(|choices| {
            let tab = Tab::with_old_proof(policy);
            tab.browser.holds_events.set(true);
            let calls = [tab.get(DANGEROUS), tab.get(DANGEROUS)];
            run_in_order(&tab, choices);
            assert!(tab.asks_for_confirmation());
            tab.browser.holds_events.set(true);
            let (late, confirmation) = (tab.get(DANGEROUS), tab.confirm());
            run_in_order(&tab, choices);

            confirmation.succeeded();
            assert!(calls.into_iter().chain([late]).all(|call| call.succeeded() == 200));
            assert!(!tab.asks_for_confirmation());
            assert_eq!(tab.server.count(CONFIRM), 1);
        });
    });
}

/// The confirmation overtakes the refresh, or the other way round: the newer proof stays.
#[test]
fn a_confirmation_and_a_refresh_under_way() {
    under(WITH_REFRESH, |policy| {
        in_every_order(3, |choices| {
            let tab = Tab::with_old_proof(policy);
            tab.browser.holds_events.set(true);
            let (refresh, confirmation) = (tab.refresh(), tab.confirm());
            run_in_order(&tab, choices);

            refresh.succeeded();
            confirmation.succeeded();
            assert_eq!(tab.get(DANGEROUS).succeeded(), 200);
            assert!(!tab.asks_for_confirmation());
        });
    });
}

#[test]
fn a_call_a_confirmation_and_a_cancellation() {
    under(EACH, |policy| {
        in_every_order(1, |choices| {
            let tab = Tab::with_old_proof(policy);
            let call = tab.get(DANGEROUS);
            tab.browser.holds_events.set(true);
            let confirmation = tab.confirm();
            tab.client.step_up.cancel();
            run_in_order(&tab, choices);

            confirmation.succeeded();
            assert_eq!(call.succeeded(), 401);
            assert!(!tab.asks_for_confirmation() && tab.is_logged_in());
        });
    });
}

#[test]
fn a_call_a_confirmation_and_a_logout() {
    under(EACH, |policy| {
        in_every_order(2, |choices| {
            let tab = Tab::with_old_proof(policy);
            let call = tab.get(DANGEROUS);
            tab.browser.holds_events.set(true);
            let confirmation = tab.confirm();
            tab.log_out();
            run_in_order(&tab, choices);

            drop(confirmation);
            assert!(matches!(call.result(), Ok(200) | Err(Error::SessionEnded { .. })));
            assert!(!tab.is_logged_in() && !tab.asks_for_confirmation());
        });
    });
}

#[test]
fn calls_in_two_tabs_and_a_confirmation_in_one() {
    under(WITH_COOKIE, |policy| {
        in_many_orders(|choices| {
            let tab = Tab::with_old_proof(policy);
            let other = tab.another_logged_in();
            other.watch_confirmations();
            tab.browser.holds_events.set(true);
            let calls = [tab.get(DANGEROUS), other.get(DANGEROUS)];
            run_in_order(&tab, choices);
            tab.browser.holds_events.set(true);
            let confirmation = tab.confirm();
            run_in_order(&tab, choices);

            confirmation.succeeded();
            for (tab, call) in [&tab, &other].into_iter().zip(calls) {
                assert_eq!(call.succeeded(), 200);
                assert!(!tab.asks_for_confirmation());
            }
            assert_eq!(tab.server.count(CONFIRM), 1);
        });
    });
}

// Behavior 18.
#[test]
fn a_call_and_a_login_of_another_user_in_another_tab() {
    in_many_orders(|choices| {
        let tab = Tab::with_old_proof(Retention);
        let other = tab.another_logged_in();
        tab.browser.holds_events.set(true);
        let (call, login) = (tab.get(DANGEROUS), other.log_in_as("bob"));
        run_in_order(&tab, choices);

        login.succeeded();
        if call.is_waiting() {
            tab.cancel_confirmation();
        }
        assert!(matches!(call.result(), Ok(401) | Err(Error::SessionEnded { .. })));
        for sent in tab.server.received_at(DANGEROUS) {
            assert_eq!(tab.server.owner(&sent).as_deref(), Some("ada"));
        }
    });
}

// Behavior 26.
#[test]
fn a_call_the_expiry_and_a_login() {
    in_every_order(2, |choices| {
        let tab = Tab::with_old_proof(Banking);
        let call = tab.get(DANGEROUS);
        tab.browser.holds_events.set(true);
        tab.server.expire_tokens();
        let other = tab.get(ME);
        run_in_order(&tab, choices);
        tab.browser.holds_events.set(true);
        let login = tab.log_in();
        run_in_order(&tab, choices);

        login.succeeded();
        assert_eq!((call.succeeded(), other.succeeded()), (200, 200));
        assert!(!tab.asks_for_confirmation());
    });
}
