//! Doorward from outside: every test sends requests through the real router, on SQLite and on Postgres, most of
//! them under each of the four policies.
//!
//! `fixture` holds the app, its database and the people who use it; the other modules are the resources and promises
//! that their tests are about. Names of requirements (`r36_…`) are those of `SECURITY.md`.

#[macro_use]
mod matrix;

mod fixture;

mod account;
mod across_nodes;
mod activity;
mod addresses;
mod admin;
mod bad_input;
mod banking;
mod clock_jumps;
mod command_line;
mod cookies;
mod cross_site;
mod disabled;
mod events;
mod failing_writes;
mod forged_access;
mod forged_refresh;
mod hang_ups;
mod hashing;
mod headers;
mod health;
mod key_moments;
mod key_reset;
mod keys;
mod last_use;
mod limits;
mod login;
mod logout;
mod me;
mod memory_only;
mod metrics;
mod name;
mod outage;
mod over;
mod pages;
mod password;
mod passwords;
mod policies;
mod policy_change;
mod processes;
mod races;
mod refresh;
mod register;
mod request_ids;
mod restart;
mod revocation_feed;
mod secret_change;
mod secrets;
mod server_session;
mod session_cookie;
mod sessions;
mod sessions_end;
mod sessions_limit;
