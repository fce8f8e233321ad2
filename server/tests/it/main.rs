//! Doorward from outside: every test sends requests through the real router, on SQLite and on Postgres.
//!
//! `fixture` holds the app, its database and the people who use it; the other modules are the resources and promises
//! that their tests are about. Names of requirements (`r36_…`) are those of `SECURITY.md`.

/// Makes two tests of a function, `…::sqlite` and `…::postgres`, each with an app and a database of its own.
macro_rules! on_both_databases {
    ($(#[$about:meta])* async fn $name:ident($app:ident: TestApp) $body:block) => {
        $(#[$about])*
        async fn $name($app: $crate::fixture::TestApp) $body

        mod $name {
            use crate::fixture::{Database, TestApp};

            #[tokio::test]
            async fn sqlite() {
                Box::pin(super::$name(TestApp::start(Database::sqlite()).await)).await;
            }

            #[tokio::test]
            async fn postgres() {
                Box::pin(super::$name(TestApp::start(Database::postgres().await).await)).await;
            }
        }
    };
}

mod fixture;

mod account;
mod across_nodes;
mod activity;
mod addresses;
mod admin;
mod bad_input;
mod clock_jumps;
mod command_line;
mod cookies;
mod cross_site;
mod disabled;
mod events;
mod forged_access;
mod forged_refresh;
mod hang_ups;
mod hashing;
mod headers;
mod health;
mod key_moments;
mod key_reset;
mod keys;
mod limits;
mod login;
mod logout;
mod me;
mod metrics;
mod name;
mod outage;
mod over;
mod pages;
mod password;
mod passwords;
mod processes;
mod races;
mod refresh;
mod register;
mod request_ids;
mod restart;
mod revocation_feed;
mod secret_change;
mod secrets;
mod sessions;
mod sessions_end;
mod sessions_limit;
