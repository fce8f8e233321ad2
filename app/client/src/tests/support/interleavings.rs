//! Plays a scenario in every order of events: each request, response, lock and message waits until it is picked, and the
//! scenario is repeated until all choices have been made.

use std::time::Duration;

use super::{call::Call, server::ME, tab::Tab};
use crate::Error;

/// More than any scenario has. Fails a scenario that is too large to be explored.
const MAX_ORDERS: usize = 10_000;

/// The choices of one play: which of how many possible events was picked.
#[derive(Default)]
pub(in crate::tests) struct Choices {
    made: Vec<(usize, usize)>,
    next: usize,
    /// State of a generator that makes the choices instead.
    random: Option<u64>,
}

impl Choices {
    fn choose(&mut self, among: usize) -> usize {
        if let Some(state) = &mut self.random {
            // Knuth's MMIX.
            *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            return usize::try_from(*state >> 33).unwrap_or_default() % among;
        }
        if self.next == self.made.len() {
            self.made.push((0, among));
        }
        let (choice, expected) = self.made[self.next];
        assert_eq!(among, expected, "a play is deterministic up to its first new choice");
        self.next += 1;
        choice
    }

    /// Prepares the next play; `false` after the last one.
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

/// Lets events happen, one at a time, until none is left and no timer fires within two seconds.
pub(in crate::tests) fn run_in_order(tab: &Tab, choices: &mut Choices) {
    tab.browser.holds_events.set(true);
    let until = tab.browser.elapsed() + Duration::from_secs(2);
    loop {
        tab.run();
        match tab.browser.choices() {
            0 if tab.browser.fire_next_timer(until) => {}
            0 => break,
            1 => tab.browser.pick(0),
            several => tab.browser.pick(choices.choose(several)),
        }
    }
    tab.browser.holds_events.set(false);
}

/// Plays the scenario in every order, and checks a minimum number of orders, so that a test that explores none fails.
pub(in crate::tests) fn in_every_order(at_least: usize, scenario: impl Fn(&mut Choices)) {
    let mut choices = Choices::default();
    for count in 1..=MAX_ORDERS {
        scenario(&mut choices);
        if !choices.advance() {
            assert!(count >= at_least, "only {count} orders");
            return;
        }
    }
    panic!("more than {MAX_ORDERS} orders");
}

/// Plays a scenario that has too many orders in some of them.
pub(in crate::tests) fn in_many_orders(scenario: impl Fn(&mut Choices)) {
    for seed in 0..300 {
        scenario(&mut Choices { random: Some(seed), ..Choices::default() });
    }
}

/// Invariants of every play: no request of Ada carries a credential of another user, and the tabs show the user of the
/// cookie.
pub(in crate::tests) fn assert_invariants(tabs: &[&Tab], calls_of_ada: Vec<Call<u16>>) {
    let server = &tabs[0].server;
    for call in calls_of_ada {
        match call.result() {
            Ok(200) | Err(Error::SessionEnded { .. }) => {}
            other => panic!("{other:?}"),
        }
    }
    for received in server.received_at(ME) {
        assert_eq!(server.owner(&received).as_deref(), Some("ada"));
    }
    let owner = server.cookie_owner();
    for tab in tabs {
        let shown = || tab.user_name().map(|name| name.to_lowercase());
        // A tab may not have detected the end of its session yet; its first request or refresh does.
        if shown() != owner {
            _ = tab.get("/api/other").result();
            assert!(shown() == owner || shown().is_none(), "{:?} is shown, the cookie is of {owner:?}", shown());
        }
    }
}
