//! Work that is tried again and again says once that it fails, and once that it does not any more: when the database is
//! away, a line for every attempt would hide what else the log has to say.

use std::{error::Error, mem};

/// Whether some work fails at present.
pub struct Outage {
    what: &'static str,
    is_on: bool,
}

/// What an attempt has changed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Change {
    Began,
    Over,
    Nothing,
}

impl Outage {
    /// None so far; `what` says in the log what fails.
    pub fn of(what: &'static str) -> Self {
        Self { what, is_on: false }
    }

    /// Takes note of an attempt; whether it went well.
    pub fn note<E: Error>(&mut self, attempt: &Result<(), E>) -> bool {
        match (self.change(attempt.is_err()), attempt) {
            (Change::Began, Err(error)) => tracing::warn!(%error, "{}; it is tried again", self.what),
            (Change::Over, _) => tracing::info!("no longer: {}", self.what),
            _ => {}
        }
        attempt.is_ok()
    }

    fn change(&mut self, fails: bool) -> Change {
        match (mem::replace(&mut self.is_on, fails), fails) {
            (false, true) => Change::Began,
            (true, false) => Change::Over,
            _ => Change::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Change, Outage};

    #[test]
    fn an_outage_is_told_when_it_begins_and_when_it_is_over() {
        let mut outage = Outage::of("nothing works");
        let told = [false, true, true, true, false, false, true].map(|fails| outage.change(fails));
        let (began, over, nothing) = (Change::Began, Change::Over, Change::Nothing);
        assert_eq!(told, [nothing, began, nothing, nothing, over, nothing, began]);
    }
}
