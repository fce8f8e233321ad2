//! Drills: hostile clients against a real server with its real limits. `make drills` prints their cost and the effect on
//! other clients, and fails if that is too much.
//!
//! `DOORWARD_BIN=path make drills` runs them against another build, `cargo test … -- heads` those with `heads` in their name.

#![expect(clippy::disallowed_methods, reason = "a stopwatch reads the time")]

mod attacks;
mod health;
mod server_process;

use std::{error::Error, process::ExitCode, time::Duration};

use self::{attacks::Attack, health::Health, server_process::Server};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// How long each attack holds what it has: longer than the server waits for a client.
const DURATION: Duration = Duration::from_secs(45);

const MAX_MEMORY_MB: u64 = 192;
const MAX_HEALTH_P99: Duration = Duration::from_millis(250);

struct Drill {
    name: &'static str,
    /// Soft and hard limit on open files.
    open_files: (u32, u32),
    attack: Attack,
}

const DRILLS: [Drill; 9] = [
    Drill { name: "1,010 unread downloads", open_files: (1024, 20_000), attack: attacks::unread_downloads },
    Drill { name: "1,010 unread downloads, 1,024 files", open_files: (1024, 1024), attack: attacks::unread_downloads },
    Drill { name: "1,500 silent connections, 1,024 files", open_files: (1024, 1024), attack: attacks::silent },
    Drill {
        name: "1,010 unfinished bodies, 1,024 files",
        open_files: (1024, 1024),
        attack: attacks::unfinished_bodies,
    },
    Drill { name: "1,500 unfinished heads of 400 kB", open_files: (1024, 20_000), attack: attacks::unfinished_heads },
    Drill { name: "300 × 200 pages, HTTP/2, window 0", open_files: (1024, 20_000), attack: attacks::unread_pages },
    Drill {
        name: "300 × 100 pages, HTTP/2, window 0",
        open_files: (1024, 20_000),
        attack: attacks::as_many_unread_pages_as_allowed,
    },
    Drill {
        name: "300 × 200 pages, HTTP/2, window 1", open_files: (1024, 20_000), attack: attacks::barely_read_pages
    },
    Drill {
        name: "300 × 200 API descriptions, window 0",
        open_files: (1024, 20_000),
        attack: attacks::unread_documents,
    },
];

fn main() -> Result<ExitCode> {
    server_process::raise_own_limit()?;
    let selected = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    println!(
        "{:<40} {:>10} {:>8} {:>8} {:>9} {:>9} {:>7}",
        "", "memory", "files", "at end", "p99", "longest", "failed"
    );
    let mut is_met = true;
    for drill in DRILLS.iter().filter(|drill| drill.name.contains(&selected)) {
        is_met &= run(drill)?;
    }
    Ok(if is_met { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Returns whether others could use the server meanwhile, and whether its memory stayed bounded.
fn run(drill: &Drill) -> Result<bool> {
    let server = Server::start(drill.open_files)?;
    let health = Health::watch(server.address);
    let clients = (drill.attack)(server.address)?;
    let files = server.open_files()?;
    std::thread::sleep(DURATION);
    let (memory, files_at_end) = (server.peak_memory_mb()?, server.open_files()?);
    drop(clients);
    let health = health.finish()?;

    let is_met = memory <= MAX_MEMORY_MB && health.failures == 0 && health.p99 <= MAX_HEALTH_P99;
    println!(
        "{:<40} {:>7} MB {:>8} {:>8} {:>6} ms {:>6} ms {:>7} {}",
        drill.name,
        memory,
        files,
        files_at_end,
        health.p99.as_millis(),
        health.longest.as_millis(),
        health.failures,
        if is_met { "" } else { "MISSED" },
    );
    Ok(is_met)
}
