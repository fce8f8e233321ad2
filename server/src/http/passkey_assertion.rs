//! Proofs with a passkey: finds the passkey, and verifies the answer of its authenticator.

use app::Language;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use doorward_api::PasskeyAssertion;

use crate::{
    clock::Moment,
    http::error::Error,
    login::challenges::Binding,
    mail::letters::{Cause, PasskeyChange},
    model::{
        began_with::PasskeyId,
        device::Device,
        passkey::{MAX_CREDENTIAL_ID_BYTES, PasskeyUse},
        second_factor::{FactorProof, FactorUse},
        user::{User, UserId},
    },
    state::AppState,
    webauthn::{Assertion, PublicKey, RelyingParty, UserVerification},
};

/// Why a proof is refused.
pub enum AssertionError {
    /// No account has the passkey: its ID is random, so this says nothing about accounts.
    Unknown,
    /// The proof is wrong, of another person, or an answer to another challenge; with the owner of the passkey, if it was looked up.
    Invalid(Option<UserId>),
    Unavailable(sqlx::Error),
}

impl From<AssertionError> for Error {
    fn from(error: AssertionError) -> Self {
        match error {
            AssertionError::Unknown => Self::PasskeyUnknown,
            AssertionError::Invalid(_) => Self::InvalidCredentials,
            AssertionError::Unavailable(cause) => cause.into(),
        }
    }
}

/// A right proof, not used up yet.
pub struct VerifiedPasskey {
    used: PasskeyUse,
    /// Whether the passkey has a counter of signatures.
    has_counter: bool,
}

impl VerifiedPasskey {
    pub fn passkey_id(&self) -> &PasskeyId {
        &self.used.passkey_id
    }

    /// With the notice for the case that the counter has not moved on, which the transaction of the use decides.
    pub fn into_factor(
        self,
        app: &AppState,
        user: &User,
        device: &Device,
        (language, now): (Language, Moment),
    ) -> FactorUse {
        let cause = Cause::Passkey { change: PasskeyChange::CounterBack, passkey: &self.used.passkey_id, device };
        let notice = self.has_counter.then(|| app.notices().compose(&cause, user, language, now)).flatten();
        FactorUse { proof: FactorProof::Passkey(Box::new(self.used)), notice }
    }
}

/// Verifies the proof of one user.
pub async fn verify_assertion(
    app: &AppState,
    user_id: &UserId,
    binding: &Binding<'_>,
    assertion: &PasskeyAssertion,
    user_verification: UserVerification,
) -> Result<VerifiedPasskey, AssertionError> {
    let (owner, verified) = find_and_verify(app, binding, assertion, user_verification).await?;
    if owner.id == *user_id { Ok(verified) } else { Err(AssertionError::Invalid(None)) }
}

/// Verifies a proof, whose passkey says who the user is. What is forged costs no query.
pub async fn find_and_verify(
    app: &AppState,
    binding: &Binding<'_>,
    assertion: &PasskeyAssertion,
    user_verification: UserVerification,
) -> Result<(User, VerifiedPasskey), AssertionError> {
    let invalid = AssertionError::Invalid;
    let site = app.relying_party.as_ref().ok_or(invalid(None))?;
    let answer = Answer::decode(assertion).ok_or(invalid(None))?;
    let challenge = RelyingParty::challenge_in(&answer.client_data).ok_or(invalid(None))?;
    let challenge_use = app.challenges.open(&challenge, binding, app.clock.now()).ok_or(invalid(None))?;
    let found = app.store.passkey_and_owner(&assertion.id).await.map_err(AssertionError::Unavailable)?;
    let (passkey, owner) = found.ok_or(AssertionError::Unknown)?;
    let refused = || invalid(Some(owner.id.clone()));
    // A stolen key that had no PIN takes the one that the thief chooses: it stays a second factor.
    let is_enough = passkey.is_user_verified || user_verification == UserVerification::Optional;
    if passkey.rp_id != site.rp_id || !is_enough {
        return Err(refused());
    }
    let key = PublicKey::from_cose_hex(&passkey.public_key).ok_or_else(refused)?;
    let used = site.verify(&key, &answer.parts(), &challenge, user_verification).map_err(|error| {
        tracing::debug!(%error, "a proof with a passkey was refused");
        refused()
    })?;
    if assertion.user_handle.as_ref().is_some_and(|handle| owner.webauthn_handle.as_ref() != Some(handle)) {
        return Err(refused());
    }
    let has_counter = passkey.sign_count > 0;
    let used = PasskeyUse {
        passkey_id: passkey.id,
        challenge: challenge_use,
        sign_count: used.sign_count,
        is_backup_eligible: used.flags.backup_eligible(),
        is_backed_up: used.flags.backed_up(),
    };
    Ok((owner, VerifiedPasskey { used, has_counter }))
}

/// The answer of an authenticator, in bytes.
struct Answer {
    client_data: Vec<u8>,
    authenticator_data: Vec<u8>,
    signature: Vec<u8>,
}

impl Answer {
    fn decode(assertion: &PasskeyAssertion) -> Option<Self> {
        decode_credential_id(&assertion.id)?;
        Some(Self {
            client_data: decode(&assertion.client_data)?,
            authenticator_data: decode(&assertion.authenticator_data)?,
            signature: decode(&assertion.signature)?,
        })
    }

    fn parts(&self) -> Assertion<'_> {
        Assertion {
            client_data: &self.client_data,
            authenticator_data: &self.authenticator_data,
            signature: &self.signature,
        }
    }
}

/// From base64url without padding, of which each byte string has one.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Rejects text that cannot be the ID of a credential before it reaches the database.
pub fn decode_credential_id(text: &str) -> Option<Vec<u8>> {
    decode(text).filter(|id| (1..=MAX_CREDENTIAL_ID_BYTES).contains(&id.len()))
}
