//! Plays a scenario in every order in which things can happen: each request, answer, lock and piece of news waits until it
//! is picked, and the scenario is played again and again until all choices have been made.

use std::time::Duration;

use super::{call::Call, server::ME, tab::Tab};
use crate::Error;

/// More than any scenario here has; whoever writes a larger one shall know.
const MOST_ORDERS: usize = 10_000;

/// The choices of one play: which of how many things that could happen was picked.
#[derive(Default)]
pub(super) struct Choices {
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
pub(super) fn play(tab: &Tab, choices: &mut Choices) {
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
pub(super) fn in_every_order(scenario: impl Fn(&mut Choices)) -> usize {
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
pub(super) fn is_sound(tabs: &[&Tab], of_ada: Vec<Call<u16>>) {
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
pub(super) fn at_least(orders: usize, count: usize) {
    assert!(count >= orders, "only {count} orders");
}
