//! The credential that authorizes a session: what the browser is given at login, and its hash in the database.

use aws_lc_rs::digest;
use doorward_api::CredentialStorage;

use crate::model::session::Session;

/// SHA-256 of the secret part of a proof, in hex: all that the database holds. The secret has 256 random bits, so there is
/// nothing to guess and a fast hash is enough (R31).
#[derive(Clone, Debug, Eq, PartialEq, sqlx::Type)]
#[sqlx(transparent)]
pub struct CredentialHash(String);

impl CredentialHash {
    /// The hash of a secret.
    pub fn of(secret: &str) -> Self {
        Self(hex::encode(digest::digest(&digest::SHA256, secret.as_bytes())))
    }
}

/// A proof on its way to the browser. Cannot be printed.
pub struct IssuedCredential {
    /// Where the browser keeps it.
    pub storage: CredentialStorage,
    secret: String,
}

impl IssuedCredential {
    pub fn new(storage: CredentialStorage, secret: String) -> Self {
        Self { storage, secret }
    }

    /// The text, for the place where the browser keeps it and nothing else.
    pub fn reveal(&self) -> &str {
        &self.secret
    }
}

/// A session with the hash of its proof, where it has one.
#[derive(Debug)]
pub struct NewSession {
    /// The session.
    pub session: Session,
    /// The hash of what proves it, beside access tokens.
    pub credential_hash: Option<CredentialHash>,
}
