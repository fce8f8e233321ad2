//! The check of a second factor that a request presents: at a login, a confirmation and a reset.

use app::Language;

use crate::{
    clock::Moment,
    http::{client_info::ClientInfo, error::Error, invalid_fields::InvalidField, refusal_events},
    login::{
        attempt::Attempt,
        factors::{self, PresentedFactor},
    },
    mail::letters::Cause,
    model::{rate_limit::RateLimitKey, second_factor::FactorUse, user::User},
    state::AppState,
};

/// A factor that is right, not used up yet.
pub struct RightFactor {
    pub factor: FactorUse,
    /// The limits that its use makes full again.
    pub limits: Vec<RateLimitKey>,
}

/// The factor in the members of a body, of which at most one may be sent.
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

/// Records a wrong factor behind a right password. Many of them mean that someone else knows the password.
pub async fn record_wrong_factor(
    app: &AppState,
    user: &User,
    (client, language): (&ClientInfo, Language),
    now: Moment,
) -> Result<(), Error> {
    let notice = app.notices().compose(&Cause::SecondFactorFailed { device: &client.device }, user, language, now);
    Ok(app.store.record_wrong_second_factor(&user.id, notice.as_ref(), (&client.actor(), now)).await?)
}
