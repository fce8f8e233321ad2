//! The check of a second factor that a request presents: at a login, a confirmation and a reset.

use app::Language;
use doorward_api::{FactorKind, PasskeyAssertion};

use crate::{
    clock::Moment,
    http::{
        client_info::ClientInfo,
        error::Error,
        invalid_fields::InvalidField,
        passkey_assertion::{AssertionError, verify_assertion},
        refusal_events,
    },
    login::{
        attempt::Attempt,
        challenges::Binding,
        factors::{self, PresentedFactor},
    },
    mail::letters::Cause,
    model::{rate_limit::RateLimitKey, second_factor::FactorUse, user::User},
    state::AppState,
    webauthn::UserVerification,
};

/// A factor that is right, not used up yet.
pub struct RightFactor {
    pub factor: FactorUse,
    /// The limits that its use makes full again.
    pub limits: Vec<RateLimitKey>,
}

/// The one factor in a body.
#[derive(Clone, Copy)]
pub enum SentFactor<'a> {
    Code(PresentedFactor<'a>),
    Passkey(&'a PasskeyAssertion),
}

/// The code in the members of a body, of which at most one may be sent.
pub fn presented<'a>(
    totp: Option<&'a str>,
    recovery_code: Option<&'a str>,
) -> Result<Option<PresentedFactor<'a>>, Error> {
    let (name, factor) = match (totp, recovery_code) {
        (Some(_), Some(_)) => return Err(Error::field("recovery_code", InvalidField::SecondFactors)),
        (Some(code), None) => ("totp", PresentedFactor::Totp(code)),
        (None, Some(code)) => ("recovery_code", PresentedFactor::RecoveryCode(code)),
        (None, None) => return Ok(None),
    };
    if totp.or(recovery_code).is_some_and(|code| code.trim().is_empty()) {
        return Err(Error::field(name, InvalidField::SecondFactor));
    }
    Ok(Some(factor))
}

/// The code or the passkey in the members of a body, of which at most one may be sent.
pub fn sent_factor<'a>(
    totp: Option<&'a str>,
    recovery_code: Option<&'a str>,
    passkey: Option<&'a PasskeyAssertion>,
) -> Result<Option<SentFactor<'a>>, Error> {
    match (presented(totp, recovery_code)?, passkey) {
        (Some(_), Some(_)) => Err(Error::field("passkey", InvalidField::SecondFactors)),
        (Some(code), None) => Ok(Some(SentFactor::Code(code))),
        (None, passkey) => Ok(passkey.map(SentFactor::Passkey)),
    }
}

/// Counts an attempt, and checks a passkey of a user. `None`: the proof is wrong.
pub async fn check_passkey(
    app: &AppState,
    user: &User,
    (assertion, binding, user_verification): (&PasskeyAssertion, &Binding<'_>, UserVerification),
    (client, language): (&ClientInfo, Language),
) -> Result<Option<RightFactor>, Error> {
    let attempt = app.limiter.start(Attempt::SecondFactor { user_id: &user.id, kind: FactorKind::Passkey }).await;
    let attempt = attempt.inspect_err(|error| refusal_events::record_rate_limit(app, error, &user.email, client))?;
    match verify_assertion(app, &user.id, binding, assertion, user_verification).await {
        Ok(passkey) => {
            let factor = passkey.into_factor(app, user, &client.device, (language, app.clock.now()));
            Ok(Some(RightFactor { factor, limits: attempt.stored_keys().to_vec() }))
        }
        Err(AssertionError::Unavailable(cause)) => Err(cause.into()),
        Err(AssertionError::Unknown | AssertionError::Invalid(_)) => {
            attempt.count();
            Ok(None)
        }
    }
}

/// Counts an attempt, and checks a factor of a user. `None`: it is wrong.
pub async fn check_factor(
    app: &AppState,
    user: &User,
    presented: &PresentedFactor<'_>,
    (client, language): (&ClientInfo, Language),
) -> Result<Option<RightFactor>, Error> {
    let attempt = app.limiter.start(Attempt::SecondFactor { user_id: &user.id, kind: presented.kind() }).await;
    let attempt = attempt.inspect_err(|error| refusal_events::record_rate_limit(app, error, &user.email, client))?;
    let now = app.clock.now();
    let Some(verified) = factors::verify(&app.store, &app.totp_sealer, &user.id, presented, now).await? else {
        attempt.count();
        return Ok(None);
    };
    let cause = verified.codes_left.map(|codes_left| Cause::RecoveryCodeUsed { device: &client.device, codes_left });
    let notice = cause.and_then(|cause| app.notices().compose(&cause, user, language, now));
    let limits = attempt.stored_keys().to_vec();
    Ok(Some(RightFactor { factor: FactorUse { proof: verified.proof, notice }, limits }))
}

/// Records a wrong factor behind a right password. Many of them mean that the password has leaked.
pub async fn record_wrong_factor(
    app: &AppState,
    user: &User,
    (client, language): (&ClientInfo, Language),
    now: Moment,
) -> Result<(), Error> {
    let notice = app.notices().compose(&Cause::SecondFactorFailed { device: &client.device }, user, language, now);
    Ok(app.store.record_wrong_second_factor(&user.id, notice.as_ref(), (&client.actor(), now)).await?)
}
