//! The two ceremonies: registration of a passkey (Web Authentication Level 3, 7.1), and proof of possession (7.2). The comments
//! have the numbers of the steps.

use aws_lc_rs::digest;

use super::{
    authenticator_data::{AuthenticatorData, Flags, UserVerification},
    cbor::Value,
    error::CeremonyError,
    public_key::PublicKey,
    relying_party::RelyingParty,
};

/// Refused unread. Statements of other formats than `none` have certificates, which take a few KiB.
const MAX_ATTESTATION_OBJECT_BYTES: usize = 64 * 1024;

/// Without a public key, it has 37 bytes and extensions.
const MAX_AUTHENTICATOR_DATA_BYTES: usize = 4096;

/// The longest is that of RSA, with 512 bytes.
const MAX_SIGNATURE_BYTES: usize = 512;

const MAX_CREDENTIAL_ID_BYTES: usize = 1023;

/// The answer of an authenticator that has made a passkey.
pub struct Registration<'a> {
    pub client_data: &'a [u8],
    pub attestation_object: &'a [u8],
    pub raw_id: &'a [u8],
}

/// A passkey whose registration has been verified.
#[derive(Clone, Debug)]
pub struct NewCredential {
    pub id: Vec<u8>,
    pub public_key: PublicKey,
    pub sign_count: u32,
    pub flags: Flags,
    /// The model of the authenticator. Not attested: only good for a name.
    pub aaguid: [u8; 16],
}

/// The answer of an authenticator that proves possession of a passkey.
pub struct Assertion<'a> {
    pub client_data: &'a [u8],
    pub authenticator_data: &'a [u8],
    pub signature: &'a [u8],
}

/// The state of a passkey at a use that has been verified.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Used {
    pub sign_count: u32,
    pub flags: Flags,
}

impl RelyingParty {
    /// Verifies a registration (7.1). Whether the ID is registered already (step 26) is up to the caller.
    pub fn register(
        &self,
        registration: &Registration,
        challenge: &str,
        verification: UserVerification,
    ) -> Result<NewCredential, CeremonyError> {
        if registration.attestation_object.len() > MAX_ATTESTATION_OBJECT_BYTES {
            return Err(CeremonyError::TooLong);
        }
        // Steps 5 to 11.
        self.check_client_data(registration.client_data, "webauthn.create", challenge)?;

        // Step 13. Step 12, the hash of the client data, is for statements, which are not judged.
        let object = Value::parse(registration.attestation_object).ok_or(CeremonyError::AttestationObject)?;
        let data = object.member("authData").and_then(Value::bytes).ok_or(CeremonyError::AttestationObject)?;
        let data = AuthenticatorData::parse(data)?;
        let credential = data.credential.as_ref().ok_or(CeremonyError::AuthenticatorData)?;

        // Steps 14 to 17. Steps 18 and 19, the use of the backup flags, are up to the caller; step 20, the algorithm, is part of
        // the parsing of the key.
        self.check_authenticator_data(&data, verification)?;

        // Steps 21 to 24.
        check_attestation(&object)?;

        // Step 25, and that the answer speaks of this passkey.
        let length = credential.id.len();
        if length == 0 || length > MAX_CREDENTIAL_ID_BYTES || credential.id != registration.raw_id {
            return Err(CeremonyError::CredentialId);
        }
        Ok(NewCredential {
            id: credential.id.to_vec(),
            public_key: credential.public_key.clone(),
            sign_count: data.sign_count,
            flags: data.flags,
            aaguid: credential.aaguid,
        })
    }

    /// Verifies a proof of possession (7.2). Whose passkey it is (steps 5 and 6), and what a lower counter means (step 22), is up
    /// to the caller.
    pub fn verify(
        &self,
        key: &PublicKey,
        assertion: &Assertion,
        challenge: &str,
        verification: UserVerification,
    ) -> Result<Used, CeremonyError> {
        if assertion.authenticator_data.len() > MAX_AUTHENTICATOR_DATA_BYTES
            || assertion.signature.len() > MAX_SIGNATURE_BYTES
        {
            return Err(CeremonyError::TooLong);
        }
        // Steps 8 to 14.
        self.check_client_data(assertion.client_data, "webauthn.get", challenge)?;

        // Steps 15 to 18.
        let data = AuthenticatorData::parse(assertion.authenticator_data)?;
        self.check_authenticator_data(&data, verification)?;

        // Steps 20 and 21.
        let hash = digest::digest(&digest::SHA256, assertion.client_data);
        let signed = [assertion.authenticator_data, hash.as_ref()].concat();
        if !key.verifies(&signed, assertion.signature) {
            return Err(CeremonyError::Signature);
        }
        Ok(Used { sign_count: data.sign_count, flags: data.flags })
    }
}

/// No attestation is requested, and none is stored. Authenticators may send one nevertheless, which is not judged.
fn check_attestation(object: &Value) -> Result<(), CeremonyError> {
    let format = object.member("fmt").and_then(Value::text).ok_or(CeremonyError::AttestationObject)?;
    let statement = object.member("attStmt").ok_or(CeremonyError::AttestationObject)?;
    if format == "none" && statement.entries() != Some(&[]) {
        return Err(CeremonyError::AttestationStatement);
    }
    Ok(())
}
