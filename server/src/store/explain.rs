//! Faults of the database at a start, each in one line for the operator: the key, the place, the reason.

use std::fmt::Display;

use sqlx::{error::DatabaseError, postgres::PgConnectOptions};

use crate::model::database_url::PostgresUrl;

/// What a connection meets whose prepared statements are on another connection of a pooler to the database:
/// `duplicate_prepared_statement` and `invalid_sql_statement_name`.
const LOST_STATEMENT: [&str; 2] = ["42P05", "26000"];

pub(super) const POOLER: &str = "a connection pooler gives each transaction another connection and does not keep prepared statements: \
                                 set `max_prepared_statements` (PgBouncer 1.21 or later) or `pool_mode = session` there, or name the database itself";

/// Host, port and database, without the password.
pub(super) fn place_of(url: &PostgresUrl) -> String {
    let options: PgConnectOptions = url.as_str().parse().expect("a URL that was parsed as a setting");
    // The driver takes the name of the user then.
    let database = options.get_database().unwrap_or(options.get_username());
    match options.get_socket() {
        Some(socket) => format!("postgres at {}/{database}", socket.display()),
        None => format!("postgres at {}:{}/{database}", options.get_host(), options.get_port()),
    }
}

pub(super) fn line(place: &str, reason: impl Display) -> String {
    format!("database_url: {place}: {reason}")
}

/// The reason alone, in one line.
pub(super) fn explain(error: &sqlx::Error) -> String {
    if is_lost_statement(error) {
        return POOLER.into();
    }
    let reason = match error {
        // SQLITE_NOTADB
        error if has_code(error, &["26"]) => "is not an SQLite database".into(),
        sqlx::Error::Database(error) => error.message().to_owned(),
        sqlx::Error::Io(error) => error.to_string(),
        sqlx::Error::Protocol(reason) => reason.clone(),
        sqlx::Error::Configuration(reason) => reason.to_string(),
        sqlx::Error::PoolTimedOut => "no connection within 3 s".into(),
        error => error.to_string(),
    };
    reason.replace('\n', " ")
}

/// Whether a connection pooler is in between that cannot be used.
pub(super) fn is_lost_statement(error: &sqlx::Error) -> bool {
    has_code(error, &LOST_STATEMENT)
}

/// Whether the database has reported one of these codes.
pub(super) fn has_code(error: &sqlx::Error, codes: &[&str]) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    code.is_some_and(|code| codes.contains(&code.as_ref()))
}
