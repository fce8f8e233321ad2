//! Why a ceremony fails.

use std::fmt::{self, Display};

/// Why the answer of an authenticator is refused. For the log and for tests: clients learn only that it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CeremonyError {
    TooLong,
    ClientData,
    Type,
    Challenge,
    Origin,
    CrossOrigin,
    AttestationObject,
    AttestationStatement,
    AuthenticatorData,
    RpIdHash,
    UserPresence,
    UserVerification,
    BackupState,
    Algorithm,
    PublicKey,
    CredentialId,
    Signature,
}

impl Display for CeremonyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "a part of the answer is longer than any authenticator makes it",
            Self::ClientData => "the client data are not the JSON that browsers write",
            Self::Type => "the answer is of the other ceremony: registration and login do not serve for each other",
            Self::Challenge => "the challenge is not the one that was issued",
            Self::Origin => "the origin is not `public_url`",
            Self::CrossOrigin => "the page was in a frame of another origin",
            Self::AttestationObject => "the attestation object is not in the CBOR that authenticators write",
            Self::AttestationStatement => "the attestation format is `none`, but there is a statement",
            Self::AuthenticatorData => "the authenticator data are cut off, or followed by something else",
            Self::RpIdHash => "the passkey belongs to another host",
            Self::UserPresence => "the authenticator did not test that a user is present",
            Self::UserVerification => "the authenticator did not verify the user, by PIN or biometrics",
            Self::BackupState => "the passkey is said to be backed up, but also that it cannot be",
            Self::Algorithm => "the algorithm of the public key was not offered",
            Self::PublicKey => "the public key is malformed, not on its curve, too short or too long",
            Self::CredentialId => "the ID of the credential is empty, too long or not that of the answer",
            Self::Signature => "the signature does not match",
        })
    }
}

impl std::error::Error for CeremonyError {}
