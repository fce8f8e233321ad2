//! Page loads with other tabs open, in every order of events.
//!
//! Behavior 20.

use doorward_api::PolicyName::Retention;

use super::support::{
    interleavings::{in_every_order, in_many_orders, run_in_order},
    policies::{WITH_COOKIE, under},
    tab::Tab,
};

#[test]
fn pages_that_start_in_any_order_of_events_share_one_refresh() {
    for visible in [0, 1, 2] {
        in_every_order(6, |choices| {
            let tabs = [Tab::open(Retention, true)];
            let tabs = [tabs[0].open_another(true), tabs.into_iter().next().expect("a tab")];
            for tab in &tabs[..visible] {
                tab.set_visible(true);
            }
            tabs[0].browser.holds_events.set(true);
            for tab in &tabs {
                tab.start_client();
            }
            run_in_order(&tabs[0], choices);

            assert!(tabs.iter().all(Tab::is_logged_in));
            assert_eq!(tabs[0].refreshes(), 1);
        });
    }
}

#[test]
fn a_page_that_starts_beside_a_recent_one_sends_no_refresh_in_any_order_of_events() {
    under(WITH_COOKIE, |policy| {
        in_every_order(3, |choices| {
            let tab = Tab::logged_in(policy);
            let other = tab.another_logged_in();
            let new = tab.open_another(true);
            tab.browser.holds_events.set(true);
            new.start_client();
            run_in_order(&tab, choices);

            assert_eq!(new.user_name().as_deref(), Some("Ada"));
            assert!(other.is_logged_in());
            assert_eq!(tab.refreshes(), 0);
        });
    });
}

#[test]
fn a_login_of_another_user_while_a_page_starts_is_shown_in_any_order_of_events() {
    under(WITH_COOKIE, |policy| {
        in_every_order(10, |choices| {
            let tab = Tab::logged_in(policy);
            let new = tab.open_another(true);
            tab.browser.holds_events.set(true);
            new.start_client();
            let login = tab.log_in_as("bob");
            run_in_order(&tab, choices);

            login.succeeded();
            assert_eq!(new.user_name().as_deref(), Some("Bob"));
        });
    });
}

#[test]
fn five_pages_that_start_in_any_order_of_events_share_one_refresh() {
    under(WITH_COOKIE, |policy| {
        for visible in [0, 1, 5] {
            in_many_orders(|choices| {
                let first = Tab::open(policy, true);
                let mut tabs: Vec<_> = (1..5).map(|_| first.open_another(true)).collect();
                tabs.push(first);
                for tab in &tabs[..visible] {
                    tab.set_visible(true);
                }
                tabs[0].browser.holds_events.set(true);
                for tab in &tabs {
                    tab.start_client();
                }
                run_in_order(&tabs[0], choices);

                assert!(tabs.iter().all(Tab::is_logged_in));
                assert_eq!(tabs[0].refreshes(), 1);
            });
        }
    });
}
