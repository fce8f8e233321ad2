//! `POST /api/auth/login/passkey`.

use axum::extract::State;
use doorward_api::{ChallengePurpose, PasskeyLogin, Problem, TokenResponse};

use super::{
    browser::Browser,
    login::login_failed,
    start_session::{UsedUp, start_session},
};
use crate::{
    http::{
        cookies::SetCookies,
        error::Error,
        json::Json,
        passkey_assertion::{AssertionError, VerifiedPasskey, find_and_verify},
        passkeys::relying_party,
    },
    login::{attempt::Attempt, challenges::Binding, proven::Proven},
    model::user::{User, UserId},
    state::AppState,
    webauthn::UserVerification,
};

/// Exchange a proof with a passkey for a session.
///
/// The authenticator must verify the user, by PIN or biometrics: then the passkey is enough, also for accounts with a second
/// factor. `passkey_unknown` means that no account has the passkey, so that the browser can forget it.
#[utoipa::path(post, path = "/api/auth/login/passkey", tag = "auth", request_body = PasskeyLogin, responses(
    (status = 200, description = "Logged in; the credential cookie is set", body = TokenResponse),
    (status = 401, description = "`invalid_credentials`: wrong proof, used or expired challenge, or disabled account; `passkey_unknown`", body = Problem),
    (status = 403, description = "`deletion_pending`: the proof is right, but the account is going to be deleted", body = Problem),
    (status = 404, description = "`not_found`: this server has no passkeys", body = Problem),
    (status = 429, description = "`too_many_attempts`", body = Problem),
))]
pub async fn login_with_passkey(
    State(app): State<AppState>,
    browser: Browser,
    Json(form): Json<PasskeyLogin>,
) -> Result<(SetCookies, Json<TokenResponse>), Error> {
    relying_party(&app)?;
    let attempt = app.limiter.start(Attempt::LoginWithPasskey { ip: browser.client.ip }).await?;
    let found = find_owner(&app, &form).await;
    let now = app.clock.now();
    let (user, passkey) = match found {
        Ok((user, passkey)) if user.is_active() && user.password_refused_at.is_none() => (user, passkey),
        // After a report of a stranger, no credential opens the account until its user has set a new password by mail.
        Ok((user, _)) if user.disabled_at.is_some() || user.password_refused_at.is_some() => {
            attempt.count();
            return Err(refused(&app, Some(&user.id), &browser, Error::InvalidCredentials).await);
        }
        Ok((User { id, delete_at, .. }, _)) => {
            attempt.count();
            app.metrics.login(false);
            let delete_at = delete_at.filter(|delete_at| *delete_at > now).ok_or(Error::InvalidCredentials)?;
            let has_link = app.store.has_deletion_undo(&id, now).await?;
            return Err(Error::DeletionPending { delete_at, has_link });
        }
        Err(AssertionError::Unavailable(cause)) => return Err(cause.into()),
        Err(error) => {
            attempt.count();
            let owner = if let AssertionError::Invalid(owner) = &error { owner.clone() } else { None };
            return Err(refused(&app, owner.as_ref(), &browser, error.into()).await);
        }
    };
    app.limiter.spend(Attempt::StartSession { user_id: &user.id }).await?;
    let proven = Proven::with_passkey(user.clone(), passkey.passkey_id().clone(), now);
    let factor = passkey.into_factor(&app, &user, &browser.client.device, (browser.language, now));
    let proof = UsedUp { factor: Some(&factor), ..UsedUp::default() };
    let started = start_session(&app, &browser, proven, &proof, now).await;
    if let Err(Error::InvalidCredentials) = started {
        // A replay, which must not be cheaper than a forgery.
        attempt.count();
    }
    let (cookies, response) = started?;
    Ok((cookies, Json(response)))
}

/// The user whose passkey this is. Its authenticator must say so, too: otherwise another account's may be meant.
async fn find_owner(app: &AppState, form: &PasskeyLogin) -> Result<(User, VerifiedPasskey), AssertionError> {
    if form.passkey.user_handle.is_none() {
        return Err(AssertionError::Invalid(None));
    }
    let binding = Binding { purpose: ChallengePurpose::Login, subject: "" };
    find_and_verify(app, &binding, &form.passkey, UserVerification::Required).await
}

/// Records the failed login, of which strangers can cause any number: those of no account are counted in one event an hour.
async fn refused(app: &AppState, user_id: Option<&UserId>, browser: &Browser, error: Error) -> Error {
    match login_failed(app, user_id, &browser.client, app.clock.now()).await {
        Ok(()) => error,
        Err(cause) => cause.into(),
    }
}
