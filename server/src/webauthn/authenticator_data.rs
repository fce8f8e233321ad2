//! The authenticator data: what the authenticator says and signs, in binary (Web Authentication, 6.1).

use super::{cbor::Value, error::CeremonyError, public_key::PublicKey, relying_party::RelyingParty};

/// Whether the authenticator must have verified the user, by PIN or biometrics.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum UserVerification {
    Required,
    Optional,
}

/// What the authenticator says of the ceremony and of the passkey.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Flags(u8);

impl Flags {
    /// The user has done something at the authenticator, such as a touch.
    pub fn user_present(self) -> bool {
        self.0 & 0x01 != 0
    }

    /// By PIN or biometrics.
    pub fn user_verified(self) -> bool {
        self.0 & 0x04 != 0
    }

    /// Whether the provider of the passkey may keep a copy.
    pub fn backup_eligible(self) -> bool {
        self.0 & 0x08 != 0
    }

    /// Whether the provider of the passkey keeps a copy.
    pub fn backed_up(self) -> bool {
        self.0 & 0x10 != 0
    }

    fn has_credential(self) -> bool {
        self.0 & 0x40 != 0
    }

    fn has_extensions(self) -> bool {
        self.0 & 0x80 != 0
    }
}

/// The passkey of a registration.
pub(super) struct Credential<'a> {
    pub(super) aaguid: [u8; 16],
    pub(super) id: &'a [u8],
    pub(super) public_key: PublicKey,
}

pub(super) struct AuthenticatorData<'a> {
    rp_id_hash: [u8; 32],
    pub(super) flags: Flags,
    pub(super) sign_count: u32,
    pub(super) credential: Option<Credential<'a>>,
}

impl<'a> AuthenticatorData<'a> {
    /// What the flags announce must be there, and nothing after it.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, CeremonyError> {
        let (rp_id_hash, rest) = split(bytes)?;
        let ([flags], rest) = split(rest)?;
        let (sign_count, mut rest) = split(rest)?;
        let flags = Flags(flags);
        let mut credential = None;
        if flags.has_credential() {
            let (parsed, after) = Credential::parse(rest)?;
            (credential, rest) = (Some(parsed), after);
        }
        if flags.has_extensions() {
            let (extensions, after) = Value::parse_first(rest).ok_or(CeremonyError::AuthenticatorData)?;
            extensions.entries().ok_or(CeremonyError::AuthenticatorData)?;
            rest = after;
        }
        if !rest.is_empty() {
            return Err(CeremonyError::AuthenticatorData);
        }
        Ok(Self { rp_id_hash, flags, sign_count: u32::from_be_bytes(sign_count), credential })
    }
}

impl<'a> Credential<'a> {
    fn parse(bytes: &'a [u8]) -> Result<(Self, &'a [u8]), CeremonyError> {
        let (aaguid, rest) = split(bytes)?;
        let (length, rest) = split(rest)?;
        let length = usize::from(u16::from_be_bytes(length));
        let (id, rest) = rest.split_at_checked(length).ok_or(CeremonyError::AuthenticatorData)?;
        let (public_key, rest) = PublicKey::from_cose(rest)?;
        Ok((Self { aaguid, id, public_key }, rest))
    }
}

fn split<const N: usize>(bytes: &[u8]) -> Result<([u8; N], &[u8]), CeremonyError> {
    bytes.split_first_chunk().map(|(first, rest)| (*first, rest)).ok_or(CeremonyError::AuthenticatorData)
}

impl RelyingParty {
    /// The steps about authenticator data that both ceremonies have.
    pub(super) fn check_authenticator_data(
        &self,
        data: &AuthenticatorData,
        verification: UserVerification,
    ) -> Result<(), CeremonyError> {
        // 7.1 step 14; 7.2 step 15.
        if data.rp_id_hash != self.rp_id_hash() {
            return Err(CeremonyError::RpIdHash);
        }
        // 7.1 step 15; 7.2 step 16.
        if !data.flags.user_present() {
            return Err(CeremonyError::UserPresence);
        }
        // 7.1 step 16; 7.2 step 17.
        if verification == UserVerification::Required && !data.flags.user_verified() {
            return Err(CeremonyError::UserVerification);
        }
        // 7.1 step 17; 7.2 step 18. Not step 19 of 7.2: the flag does change in the wild, and refusing would lock users out.
        if data.flags.backed_up() && !data.flags.backup_eligible() {
            return Err(CeremonyError::BackupState);
        }
        Ok(())
    }
}
