//! The server under test, its database, the browsers that use it, and the invariants of its responses.

mod app;
mod authenticator;
mod background;
mod browser;
mod credentials;
mod database;
mod disk;
mod email_change;
mod eventually;
mod factors;
mod forgery;
mod invariants;
mod mailbox;
mod metrics;
mod passkeys;
mod registration;
mod request;
mod response;
mod revocation_feed;
mod secrets;
mod server_process;
mod session_end_stream;
mod smtp_conversation;
mod smtp_server;
mod suite_log;
mod tls;
mod totp_setup;
mod valkey_server;
mod write_load;

pub use doorward_api::PolicyName;

pub use self::{
    app::{MASTER_SECRET, PUBLIC_URL, TestApp},
    authenticator::Authenticator,
    browser::{Browser, PASSWORD},
    credentials::REGISTRATION_COOKIE,
    database::Database,
    disk::Disk,
    eventually::eventually,
    factors::Factors,
    forgery::{Forgery, UnknownKey},
    mailbox::OutboxMail,
    metrics::metric,
    registration::wrong_code,
    request::Request,
    response::Response,
    revocation_feed::{FeedResponse, published_keys},
    secrets::Secrets,
    server_process::{Output, ServerProcess, run_cli, run_cli_with, run_cli_with_output},
    session_end_stream::SessionEndStream,
    smtp_server::{SmtpBehavior, SmtpServer},
    tls::{certificate, tls_acceptor},
    totp_setup::AuthenticatorApp,
    valkey_server::ValkeyServer,
    write_load::WriteLoad,
};
