//! Measures what Doorward promises. `make bench` builds the interface first and then runs this; `cargo bench -p server`
//! with `-- requests`, `-- policies`, `-- logins`, `-- sessions`, `-- keys` or `-- footprint` measures a part. Two nodes need
//! Postgres: `.ci/postgres` in front of it brings one.
//!
//! Machines differ and are noisy: what can be a ratio is one, of two things measured in turns, and each figure is the
//! median of several rounds. A missed goal is marked and fails nothing.

#![expect(clippy::disallowed_methods, reason = "a stopwatch asks for the time")]

mod client;
mod database;
mod feed;
mod footprint;
mod keys;
mod lag;
mod login;
mod policies;
mod process;
mod requests;
mod revoked;
mod sessions;

use std::error::Error;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// A line of the table.
struct Figure {
    what: &'static str,
    result: String,
    /// The goal in words, and whether it is met.
    goal: Option<(&'static str, bool)>,
}

type Part = fn() -> Result<Vec<Figure>>;

const PARTS: [(&str, Part); 6] = [
    ("requests", requests::measure),
    ("policies", policies::measure),
    ("logins", login::measure),
    ("sessions", sessions::measure),
    ("keys", keys::measure),
    ("footprint", footprint::measure),
];

fn main() -> Result<()> {
    // Cargo adds flags of its own.
    let named = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    if named.as_deref() == Some(requests::SERVE) {
        return requests::serve();
    }
    let mut figures = Vec::new();
    for (name, measure) in PARTS.into_iter().filter(|(name, _)| named.as_deref().is_none_or(|named| named == *name)) {
        eprintln!("Measuring {name} …");
        figures.extend(measure()?);
    }

    println!("\n{:<56} {:>24}   {:<14}", "", "result", "goal");
    for Figure { what, result, goal } in figures {
        let (goal, mark) = match goal {
            Some((goal, true)) => (goal, "met"),
            Some((goal, false)) => (goal, "MISSED"),
            None => ("", ""),
        };
        println!("{what:<56} {result:>24}   {goal:<8} {mark}");
    }
    Ok(())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
