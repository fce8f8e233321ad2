//! Passkeys (WebAuthn) of an account.

/// How a browser finds the authenticator of a passkey.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PasskeyDescriptor {
    /// In base64url.
    pub credential_id: String,
    pub transports: Vec<String>,
}
