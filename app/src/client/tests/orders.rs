//! Every order in which things can happen: each request, answer, lock and piece of news waits until it is picked, and a
//! scenario is played again and again until all choices have been made.

use std::time::Duration;

use macro_rules_attribute::apply;

use super::{
    server::ME,
    tab::{Call, Tab},
};
use crate::{
    api::PolicyName::Retention,
    client::{Decision, Entry, Error, timeline::Timeline},
};

/// More than any scenario here has; whoever writes a larger one shall know.
const MOST_ORDERS: usize = 10_000;

/// The choices of one play: which of how many things that could happen was picked.
#[derive(Default)]
struct Choices {
    made: Vec<(usize, usize)>,
    next: usize,
}

impl Choices {
    fn choose(&mut self, among: usize) -> usize {
        if self.next == self.made.len() {
            self.made.push((0, among));
        }
        let (choice, expected) = self.made[self.next];
        assert_eq!(among, expected, "a play is the same every time up to its first new choice");
        self.next += 1;
        choice
    }

    /// Prepares the next play; `false` once there is none.
    fn advance(&mut self) -> bool {
        self.next = 0;
        while let Some((choice, among)) = self.made.pop() {
            if choice + 1 < among {
                self.made.push((choice + 1, among));
                return true;
            }
        }
        false
    }
}

/// Lets things happen, one at a time, until nothing is left to happen and nobody waits for a timer of the next second.
fn play(tab: &Tab, choices: &mut Choices) {
    tab.world.is_picking.set(true);
    let until = tab.world.elapsed() + Duration::from_secs(2);
    loop {
        tab.run();
        match tab.world.choices() {
            0 if tab.world.wake_next(until) => {}
            0 => break,
            1 => tab.world.pick(0),
            several => tab.world.pick(choices.choose(several)),
        }
    }
    tab.world.is_picking.set(false);
}

/// Plays the scenario in every order. Returns how many there are.
fn in_every_order(scenario: impl Fn(&mut Choices)) -> usize {
    let mut choices = Choices::default();
    for count in 1..=MOST_ORDERS {
        scenario(&mut choices);
        if !choices.advance() {
            return count;
        }
    }
    panic!("more than {MOST_ORDERS} orders");
}

/// What every play must keep to: a request of one person never carries another's token, and what the tabs show is what
/// the cookie says.
fn is_sound(tabs: &[&Tab], of_ada: Vec<Call<u16>>) {
    let server = &tabs[0].server;
    for call in of_ada {
        match call.outcome() {
            Ok(200) | Err(Error::SessionEnded { .. }) => {}
            other => panic!("{other:?}"),
        }
    }
    for received in server.received().into_iter().filter(|received| received.path == ME) {
        assert_eq!(server.owner(&received).as_deref(), Some("ada"));
    }
    let owner = server.cookie_owner();
    for tab in tabs {
        let shown = tab.name().map(|name| name.to_lowercase());
        // A tab may still have to find out that a session is over; the first request or refresh tells it.
        if shown != owner {
            _ = tab.get("/api/other").outcome();
            let shown = tab.name().map(|name| name.to_lowercase());
            assert!(shown == owner || shown.is_none(), "{shown:?} is shown, the cookie is of {owner:?}");
        }
    }
}

/// A test that explores nothing proves nothing.
fn at_least(orders: usize, count: usize) {
    assert!(count >= orders, "only {count} orders");
}

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
        let was_shown_the_login_page =
            |Entry { decision, .. }: &Entry| matches!(decision, Decision::Became { is_logged_in: Some(false), .. });
        let timeline = tab.core.timeline.get().expect("set above");
        assert!(!timeline.read(|entries| entries.iter().any(was_shown_the_login_page)));
        is_sound(&[&tab, &other], vec![]);
    });
    at_least(10, count);
}
