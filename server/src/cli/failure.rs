//! Why a command failed, in one line, and its exit status.

use std::io;

pub enum Failure {
    Failed(String),
    Usage(String),
}

impl From<String> for Failure {
    fn from(line: String) -> Self {
        Self::Failed(line)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Failed(format!("database_url: {error}"))
    }
}
