//! Measures Doorward's performance goals. `make bench` builds the interface and runs all benchmarks;
//! `cargo bench -p server -- requests` runs one of `requests`, `policies`, `logins`, `login_timing`,
//! `forgot_timing`, `login_flood`, `mails`, `mail_outage`, `sessions`, `ends`, `last_uses`, `scale`, `keys` and `footprint`.
//! Benchmarks with two nodes need Postgres: `.ci/postgres cargo bench -p server`.
//!
//! Machines differ and are noisy. Figures are therefore ratios of two things measured in turns, where possible, and
//! medians of several rounds. A missed goal is marked and fails nothing.

#![expect(clippy::disallowed_methods, reason = "a stopwatch reads the time")]

mod client;
mod database;
mod ends;
mod footprint;
mod forgot_timing;
mod key_rotation;
mod last_uses;
mod login_flood;
mod login_timing;
mod logins;
mod mail_outage;
mod mails;
mod requests;
mod revocation_feed;
mod revocation_lag;
mod revoked_sessions;
mod scale;
mod server_process;
mod session_lookup;
mod sessions;
mod smtp_sink;

use std::error::Error;

use mimalloc::MiMalloc;

/// That of the program, which `requests` measures in this one.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// A line of the printed table.
struct Figure {
    label: &'static str,
    result: String,
    /// The goal, and whether it is met.
    goal: Option<(&'static str, bool)>,
}

type Benchmark = fn() -> Result<Vec<Figure>>;

const BENCHMARKS: [(&str, Benchmark); 14] = [
    ("requests", requests::measure),
    ("policies", session_lookup::measure),
    ("logins", logins::measure),
    ("login_timing", login_timing::measure),
    ("forgot_timing", forgot_timing::measure),
    ("login_flood", login_flood::measure),
    ("mails", mails::measure),
    ("mail_outage", mail_outage::measure),
    ("sessions", sessions::measure),
    ("ends", ends::measure),
    ("last_uses", last_uses::measure),
    ("scale", scale::measure),
    ("keys", key_rotation::measure),
    ("footprint", footprint::measure),
];

fn main() -> Result<()> {
    // Cargo adds its own flags.
    let selected = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    if selected.as_deref() == Some(requests::SERVE) {
        return requests::serve();
    }
    let mut figures = Vec::new();
    let is_selected = |name: &str| selected.as_deref().is_none_or(|selected| selected == name);
    for (name, measure) in BENCHMARKS.into_iter().filter(|(name, _)| is_selected(name)) {
        eprintln!("Measuring {name} …");
        figures.extend(measure()?);
    }

    println!("\n{:<56} {:>24}   {:<14}", "", "result", "goal");
    for Figure { label, result, goal } in figures {
        let (goal, mark) = match goal {
            Some((goal, true)) => (goal, "met"),
            Some((goal, false)) => (goal, "MISSED"),
            None => ("", ""),
        };
        println!("{label:<56} {result:>24}   {goal:<8} {mark}");
    }
    Ok(())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
