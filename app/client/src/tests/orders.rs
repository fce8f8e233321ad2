//! Every order in which things can happen: calls, refreshes, logins and logouts in the tabs of one browser.

use macro_rules_attribute::apply;

use super::{
    every_order::{at_least, in_every_order, is_sound, play},
    server::ME,
    tab::Tab,
};
use crate::{Decision, TimelineEntry, timeline::Timeline};
use doorward_api::PolicyName::Retention;

// 2, 3, 4
#[apply(under_refreshing_policies!)]
fn calls_in_one_tab_and_a_token_that_dies(policy: PolicyName) {
    let count = in_every_order(|choices| {
        let tab = Tab::logged_in(policy);
        tab.world.is_picking.set(true);
        let calls = vec![tab.get(ME), tab.get(ME)];
        tab.server.expires_tokens();
        play(&tab, choices);

        assert!(calls.into_iter().all(|call| call.succeeded() == 200));
        assert!(tab.refreshes() <= 1);
    });
    at_least(10, count);
}

// 15
#[apply(under_renewable_policies!)]
fn a_call_and_a_logout(policy: PolicyName) {
    let count = in_every_order(|choices| {
        let tab = Tab::with_dead_token(policy);
        tab.world.is_picking.set(true);
        let call = tab.get(ME);
        tab.logout();
        play(&tab, choices);

        assert!(!tab.is_logged_in());
        assert_eq!(tab.server.cookie_owner(), None);
        is_sound(&[&tab], vec![call]);
    });
    at_least(3, count);
}

// 20
#[test]
fn two_tabs_that_call() {
    let count = in_every_order(|choices| {
        let [tab, other] = Tab::two_with_dead_tokens(Retention);
        let before = tab.refreshes();
        tab.world.is_picking.set(true);
        let calls = vec![tab.get(ME), other.get(ME)];
        play(&tab, choices);

        // One refresh, unless the news of it were slower than everything else by more than the tabs wait for.
        assert!((1..=2).contains(&(tab.refreshes() - before)));
        assert!(calls.iter().all(|call| !call.is_waiting()));
        assert!(tab.is_logged_in() && other.is_logged_in());
        is_sound(&[&tab, &other], calls);
    });
    at_least(100, count);
}

// 15, 22
#[apply(under_cookie_policies!)]
fn a_call_in_one_tab_and_a_logout_in_another(policy: PolicyName) {
    let count = in_every_order(|choices| {
        let [tab, other] = Tab::two_with_dead_tokens(policy);
        tab.world.is_picking.set(true);
        let call = tab.get(ME);
        other.logout();
        play(&tab, choices);

        assert!(!tab.is_logged_in() && !other.is_logged_in());
        assert_eq!(tab.server.cookie_owner(), None);
        is_sound(&[&tab, &other], vec![call]);
    });
    at_least(30, count);
}

// 18
#[apply(under_cookie_policies!)]
fn a_call_in_one_tab_and_another_persons_login_in_another(policy: PolicyName) {
    let count = in_every_order(|choices| {
        let [tab, other] = Tab::two_with_dead_tokens(policy);
        tab.world.is_picking.set(true);
        let call = tab.get(ME);
        let login = other.start_login_of("bob");
        play(&tab, choices);

        login.succeeded();
        assert_eq!((tab.name().as_deref(), other.name().as_deref()), (Some("Bob"), Some("Bob")));
        assert_eq!(tab.server.cookie_owner().as_deref(), Some("bob"));
        is_sound(&[&tab, &other], vec![call]);
    });
    at_least(50, count);
}

// 16, 18: whoever comes last has the cookie, and nobody is logged out by a logout of before.
#[apply(under_cookie_policies!)]
fn a_logout_in_one_tab_and_a_login_in_another(policy: PolicyName) {
    let count = in_every_order(|choices| {
        let tab = Tab::logged_in(policy);
        let other = tab.logged_in_beside();
        tab.world.is_picking.set(true);
        tab.logout();
        let login = other.start_login_of("bob");
        play(&tab, choices);

        login.succeeded();
        assert_eq!(other.name().as_deref(), Some("Bob"));
        assert_eq!(tab.server.cookie_owner().as_deref(), Some("bob"));
        is_sound(&[&tab, &other], vec![]);
    });
    at_least(20, count);
}

// 18: the last cookie to arrive is the one that is shown.
#[apply(under_cookie_policies!)]
fn two_logins_in_two_tabs(policy: PolicyName) {
    let count = in_every_order(|choices| {
        let tab = Tab::open(policy, false);
        let other = tab.beside(false);
        tab.world.is_picking.set(true);
        let logins = [tab.start_login_of("ada"), other.start_login_of("bob")];
        play(&tab, choices);

        assert!(logins.into_iter().all(|login| login.outcome().is_ok()));
        assert_eq!(tab.name(), other.name());
        is_sound(&[&tab, &other], vec![]);
    });
    at_least(10, count);
}

// 15
#[apply(under_each_policy!)]
fn a_login_and_a_logout_right_after_it(policy: PolicyName) {
    let count = in_every_order(|choices| {
        let tab = Tab::open(policy, false);
        tab.world.is_picking.set(true);
        let login = tab.start_login();
        tab.logout();
        play(&tab, choices);

        login.failed();
        assert!(!tab.is_logged_in());
        assert_eq!(tab.server.cookie_owner(), None);
    });
    at_least(1, count);
}

// 20, 22
#[apply(under_cookie_policies!)]
fn a_page_that_opens_while_another_logs_out(policy: PolicyName) {
    let count = in_every_order(|choices| {
        let tab = Tab::logged_in(policy);
        let new = tab.beside(true);
        tab.world.is_picking.set(true);
        new.hydrate();
        tab.logout();
        play(&tab, choices);

        assert!(!tab.is_logged_in() && !new.is_logged_in());
    });
    at_least(10, count);
}

// 18: the server says that Ada's session was replaced, before or after the tab that did it does.
#[apply(under_cookie_policies!)]
fn a_login_in_another_tab_of_which_the_server_tells_as_well(policy: PolicyName) {
    let count = in_every_order(|choices| {
        let tab = Tab::logged_in(policy);
        let other = tab.logged_in_beside();
        tab.show(true);
        _ = tab.core.timeline.set(Timeline::default());
        tab.world.is_picking.set(true);
        let login = other.start_login_of("bob");
        play(&tab, choices);

        login.succeeded();
        assert_eq!((tab.name().as_deref(), other.name().as_deref()), (Some("Bob"), Some("Bob")));
        let was_shown_the_login_page = |TimelineEntry { decision, .. }: &TimelineEntry| {
            matches!(decision, Decision::StatusChanged { is_logged_in: Some(false), .. })
        };
        let timeline = tab.core.timeline.get().expect("set above");
        assert!(!timeline.read(|entries| entries.iter().any(was_shown_the_login_page)));
        is_sound(&[&tab, &other], vec![]);
    });
    at_least(10, count);
}
