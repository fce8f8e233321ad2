//! The credential that authorizes a session: a secret in the browser, and its hash in the database.

use aws_lc_rs::digest;
use doorward_api::CredentialStorage;

use crate::model::{began_with::BeganWith, session::Session};

/// SHA-256 of a credential's secret, in hex. The secret has 256 random bits: it cannot be guessed, so a fast hash is
/// enough.
#[derive(Clone, Debug, Eq, PartialEq, sqlx::Type)]
#[sqlx(transparent)]
pub struct CredentialHash(String);

impl CredentialHash {
    pub fn from_secret(secret: &str) -> Self {
        Self(hex::encode(digest::digest(&digest::SHA256, secret.as_bytes())))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A credential to be sent to the browser. Has no `Debug`, so that it cannot be logged.
pub struct IssuedCredential {
    pub storage: CredentialStorage,
    secret: String,
}

impl IssuedCredential {
    pub fn new(storage: CredentialStorage, secret: String) -> Self {
        Self { storage, secret }
    }

    /// The secret, only to be written into the response.
    pub fn reveal(&self) -> &str {
        &self.secret
    }
}

/// A session to be stored, with the hash of its credential.
#[derive(Debug)]
pub struct NewSession {
    pub session: Session,
    /// None for policies whose only credential is the access token.
    pub credential_hash: Option<CredentialHash>,
    pub began_with: BeganWith,
}
