//! Doorward's server: login, sessions and tokens.
//!
//! Layers: `cli, serve, background → http → services → store → model`, where the services are `login`, `mail`,
//! `sessions`, `tokens`, `keys`, `revocation` and `users`.

#![deny(clippy::print_stdout, clippy::print_stderr)]

pub mod cli;
pub mod config;

pub mod background;
pub mod node_sync;
pub mod reload;
pub mod serve;
pub mod state;

pub mod http;

pub mod keys;
pub mod login;
pub mod mail;
pub mod revocation;
pub mod sessions;
pub mod tokens;
pub mod users;

pub mod store;

pub mod model;

pub mod clock;
pub mod clock_trust;
pub mod cutoff;
pub mod descriptors;
pub mod http_request;
pub mod log;
pub mod log_fields;
pub mod log_once;
pub mod metrics;
pub mod network_rules;
pub mod output;
pub mod preflight;
pub mod private_files;
pub mod random;
pub mod readiness;
pub mod refusal;
pub mod refusal_log;
pub mod service_manager;
pub mod signals;
pub mod text_file;
pub mod tls_client;
pub mod valkey;
pub mod webauthn;
