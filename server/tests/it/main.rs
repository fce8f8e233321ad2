//! Integration tests: each sends requests through the real router, on SQLite and on Postgres, most of them under each
//! of the four policies.
//!
//! `support` is the harness; every other module is a behavior. What holds for every response is checked on each one that
//! any test receives: see `support/invariants`.

mod support;

mod absolute_timeout;
mod account;
mod account_limits;
mod audit_events;
mod banking_policy;
mod broken_output;
mod cli;
mod client_disconnect;
mod client_ip;
mod clock_jumps;
mod concurrency;
mod crash_recovery;
mod csrf;
mod database_outage;
mod disabled_users;
mod display_name;
mod failing_starts;
mod failing_writes;
mod file_permissions;
mod forged_access_tokens;
mod forged_refresh_tokens;
mod graceful_shutdown;
mod idle_timeout;
mod invalid_requests;
mod jwks;
mod key_reset;
mod key_rotation;
mod known_browsers;
mod last_used;
mod login;
mod login_cost;
mod logout;
mod master_secret_change;
mod me;
mod memory_only_policy;
mod metrics;
mod network_limits;
mod openapi;
mod pages;
mod password_change;
mod password_hashing;
mod password_rules;
mod policy_migration;
mod policy_selection;
mod rate_limit;
mod readiness;
mod refresh;
mod refresh_cookie;
mod refusals;
mod registration;
mod request_id;
mod response_headers;
mod restart;
mod revocation_feed;
mod revocation_sync;
mod secrets_at_rest;
mod server_session_policy;
mod session_cookie;
mod session_end_stream;
mod session_expiry;
mod session_limit;
mod session_list;
mod session_revocation;
mod signals;
mod token_size;
mod users;
