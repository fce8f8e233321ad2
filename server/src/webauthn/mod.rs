//! Passkeys: the relying party of Web Authentication (W3C, Level 3), without attestation. Pure: it reads bytes and compares; what
//! a credential belongs to, and which challenge is expected, is up to the caller.

mod authenticator_data;
mod cbor;
mod ceremony;
mod client_data;
mod error;
mod public_key;
mod relying_party;

pub use self::{
    authenticator_data::{Flags, UserVerification},
    ceremony::{Assertion, NewCredential, Registration, Used},
    error::CeremonyError,
    public_key::{OFFERED_ALGORITHMS, PublicKey},
    relying_party::RelyingParty,
};
