//! Every order in which things can happen to sessions that live and die with their tab, beside others.

use macro_rules_attribute::apply;

use super::{
    every_order::{at_least, in_every_order, is_sound, play},
    server::ME,
    tab::Tab,
};
use crate::{Error, Status};
use doorward_api::PolicyName::{Banking, MemoryOnly, Retention};

// 26
#[test]
fn a_call_the_end_and_a_login_over_the_page() {
    let count = in_every_order(|choices| {
        let tab = Tab::logged_in(Banking);
        tab.world.is_picking.set(true);
        let call = tab.get(ME);
        tab.server.expires_tokens();
        play(&tab, choices);
        tab.world.is_picking.set(true);
        let login = tab.start_login();
        let late = tab.get(ME);
        play(&tab, choices);

        login.succeeded();
        assert_eq!((call.succeeded(), late.succeeded()), (200, 200));
        assert_eq!(tab.refreshes(), 0);
        assert_eq!(tab.server.live_sessions(tab.world.elapsed()), 1);
    });
    at_least(10, count);
}

// 26: the login comes before the server has refused anything.
#[test]
fn a_call_and_a_login_ahead_of_the_end() {
    let count = in_every_order(|choices| {
        let tab = Tab::logged_in(Banking);
        tab.world.is_picking.set(true);
        let call = tab.get(ME);
        let login = tab.start_login();
        play(&tab, choices);

        login.succeeded();
        assert_eq!(call.succeeded(), 200);
        assert!(tab.server.count(ME) <= 2);
        assert_eq!(tab.server.live_sessions(tab.world.elapsed()), 1);
    });
    at_least(5, count);
}

// 18, 26
#[test]
fn a_call_and_another_persons_login_over_the_page() {
    let count = in_every_order(|choices| {
        let tab = Tab::logged_in(Banking);
        tab.world.is_picking.set(true);
        let calls = vec![tab.get(ME), tab.get(ME)];
        tab.server.expires_tokens();
        let login = tab.start_login_of("bob");
        play(&tab, choices);

        login.succeeded();
        assert_eq!(tab.name().as_deref(), Some("Bob"));
        for call in calls {
            assert!(matches!(call.failed(), Error::SessionEnded { .. }));
        }
        for me in tab.server.received().iter().filter(|received| received.path == ME) {
            assert_eq!(tab.server.owner(me).as_deref(), Some("ada"));
        }
        assert_eq!(tab.server.live_sessions(tab.world.elapsed()), 1);
    });
    at_least(10, count);
}

#[apply(under_policies_of_one_tab!)]
fn a_page_that_goes_with_a_call_under_way(policy: PolicyName) {
    let count = in_every_order(|choices| {
        let tab = Tab::logged_in(policy);
        tab.server.expires_tokens();
        tab.world.is_picking.set(true);
        let call = tab.get(ME);
        tab.core.go();
        play(&tab, choices);

        assert!(call.outcome().is_err() && !tab.is_logged_in());
        assert_eq!(tab.server.live_sessions(tab.world.elapsed()), 0);
    });
    at_least(3, count);
}

// 15
#[apply(under_policies_of_one_tab!)]
fn a_logout_here_and_a_login_elsewhere(policy: PolicyName) {
    let count = in_every_order(|choices| {
        let tab = Tab::logged_in(policy);
        let other = tab.beside(false);
        tab.server.policy.set(Retention);
        tab.world.is_picking.set(true);
        tab.logout();
        let login = other.start_login_of("bob");
        play(&tab, choices);

        login.succeeded();
        assert_eq!(other.name().as_deref(), Some("Bob"));
        assert_eq!(tab.server.cookie_owner().as_deref(), Some("bob"));
        assert_eq!(tab.server.live_sessions(tab.world.elapsed()), 1);
        is_sound(&[&other], vec![]);
    });
    at_least(5, count);
}

// 18: the session of all tabs is over, and the newcomer is there in one tab alone.
#[apply(under_cookie_policies!)]
fn a_call_and_a_login_elsewhere_that_stays_there(policy: PolicyName) {
    let count = in_every_order(|choices| {
        let tab = Tab::logged_in(policy);
        let other = tab.logged_in_beside();
        tab.server.policy.set(MemoryOnly);
        tab.world.is_picking.set(true);
        let call = tab.get(ME);
        let login = other.start_login_of("bob");
        play(&tab, choices);

        login.succeeded();
        assert_eq!(other.name().as_deref(), Some("Bob"));
        assert!(matches!(tab.status(), Status::Anonymous { .. }));
        assert!(matches!(call.outcome(), Ok(200) | Err(Error::SessionEnded { .. })));
        for me in tab.server.received().iter().filter(|received| received.path == ME) {
            assert_eq!(tab.server.owner(me).as_deref(), Some("ada"));
        }
    });
    at_least(10, count);
}
