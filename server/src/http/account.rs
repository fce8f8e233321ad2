//! The caller's own account.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use doorward_api::{self as api, Account, ChangePassword, EndReason, Problem, TokenResponse, UpdateAccount};

use super::{
    auth::token_response,
    caller::Caller,
    client_info::ClientInfo,
    cookies::{self, CredentialCookies},
    json::Json,
    refusal_events, sessions,
    step_up::require_recent,
};
use crate::{
    http::{error::Error, invalid_fields::InvalidField, language::LanguagePreference},
    login::{attempt::Attempt, password_hasher::Priority},
    mail::letters::Cause,
    model::{
        began_with::BeganWith,
        password::{Password, PasswordError},
        user::{Name, User},
    },
    sessions::authenticate,
    state::AppState,
    store::RevokeOutcome,
};

/// Get the user who is logged in, from the access token alone or from the session of the session cookie.
#[utoipa::path(get, path = "/api/me", tag = "account", security(("access_token" = [])), responses(
    (status = 200, description = "The user", body = api::User),
    (status = 401, description = "`token_missing`, `token_invalid`, `token_expired`, or `session_ended`", body = Problem),
))]
pub async fn me(caller: Caller) -> Json<api::User> {
    Json(api::User { id: caller.user_id.0, name: caller.name, roles: caller.roles })
}

/// Get the account as it is in the database now.
#[utoipa::path(get, path = "/api/account", tag = "account", security(("access_token" = [])), responses(
    (status = 200, description = "The account", body = Account),
    (status = 401, description = "`token_missing`, `token_invalid`, `token_expired`, or `session_ended`", body = Problem),
))]
pub async fn show(State(app): State<AppState>, caller: Caller) -> Result<Json<Account>, Error> {
    let user = user_of(&app, &caller).await?;
    account(&app, &caller, user).await.map(Json)
}

/// Change the name. Access tokens keep the old one until the next refresh.
#[utoipa::path(patch, path = "/api/account", tag = "account", request_body = UpdateAccount, security(("access_token" = [])), responses(
    (status = 200, description = "The account with its new name", body = Account),
    (status = 401, description = "`token_missing`, `token_invalid`, `token_expired`, or `session_ended`", body = Problem),
    (status = 422, description = "`invalid_input`: invalid name", body = Problem),
    (status = 429, description = "`too_many_attempts`", body = Problem),
))]
pub async fn update(
    State(app): State<AppState>,
    client: ClientInfo,
    caller: Caller,
    Json(form): Json<UpdateAccount>,
) -> Result<Json<Account>, Error> {
    change_name(&app, &client, &caller, &form.name).await?;
    let user = user_of(&app, &caller).await?;
    account(&app, &caller, user).await.map(Json)
}

/// Change the password, end all other sessions, and rotate this one: it gets a new id and new credentials.
///
/// Its cookie is replaced (204); access tokens from before get `token_invalid`, so refresh. Where the page stores the
/// credentials itself, they are in the response (200).
#[utoipa::path(post, path = "/api/account/password", tag = "account", request_body = ChangePassword,
    security(("access_token" = [])), responses(
    (status = 200, description = "Password changed; all other sessions have ended. The new credentials of this session, \
        under a policy without cookies", body = TokenResponse),
    (status = 204, description = "Password changed; all other sessions have ended. The new cookie of this session is set"),
    (status = 401, description = "`invalid_credentials`: the current password is wrong; `step_up_required`: the account \
        requires a second factor, so call `POST /api/auth/confirm` first; otherwise see `GET /api/me`", body = Problem),
    (status = 422, description = "`invalid_input`: the new password does not meet the rules", body = Problem),
    (status = 429, description = "`too_many_attempts`", body = Problem),
    (status = 503, description = "`busy`: too many passwords are waiting to be hashed", body = Problem),
))]
pub async fn change_password(
    State(app): State<AppState>,
    client: ClientInfo,
    headers: HeaderMap,
    caller: Caller,
    Json(form): Json<ChangePassword>,
) -> Result<Response, Error> {
    let refused = |error: PasswordError| Error::field("new_password", error);
    let new = Password::of_length(&form.new_password, app.config.password_min_length).map_err(refused)?;
    let current = Password::parse(&form.current_password).ok_or(Error::InvalidCredentials)?;
    let hashing = app.password_hasher.reserve(Priority::Known)?;
    app.limiter.spend(Attempt::Write { session_id: &caller.session_id }).await?;
    let user = user_of(&app, &caller).await?;
    let Some(session) = app.store.session(&caller.session_id).await? else {
        return Err(sessions::caller_session_ended(&app, &caller, app.clock.now()).await);
    };
    let session = session.clamped_to(app.policies.for_roles(&user.roles));
    if user.has_second_step {
        // The current password is only one of two factors.
        require_recent(&app, &caller).await?;
    }
    // A new password that breaks the rules is no attempt to guess the current one.
    new.check_guessable(&user.name, user.email.as_str()).map_err(refused)?;
    app.config.breached_passwords.check(&new, &app.metrics).await.map_err(refused)?;

    let attempt = app.limiter.start(Attempt::CurrentPassword { session_id: &caller.session_id }).await;
    let attempt = attempt.inspect_err(|error| refusal_events::record_rate_limit(&app, error, &user.email, &client))?;
    if !hashing.matches(current, Some(&user.password_hash)).await? || user.password_refused_at.is_some() {
        attempt.count();
        refusal_events::record_wrong_password(&app, &caller, &client).await?;
        return Err(Error::InvalidCredentials);
    }
    app.limiter.spend(Attempt::ChangePassword { user_id: &user.id }).await?;

    let new = hashing.hash(new).await?;
    let (now, limits) = (app.clock.now(), attempt.stored_keys());
    // A copy of the old credential, which may be why the password is changed, must not outlive the change.
    let (rotated, credential) =
        authenticate::issue(&app.refresh_tokens, session.rotated(user.has_second_step, now), BeganWith::Password);
    let rotation = (&caller.session_id, &rotated);
    let language = LanguagePreference::of(&app.config, &headers).language();
    let notice = app.notices().compose(&Cause::PasswordChanged { device: &client.device }, &user, language, now);
    match app.store.change_password(&user, &new, rotation, limits, notice.as_ref(), (&client.actor(), now)).await? {
        Some(RevokeOutcome::Ended(ended)) => app.revocations.add(ended).await,
        Some(RevokeOutcome::CallerEnded) => return Err(sessions::caller_session_ended(&app, &caller, now).await),
        // The password was changed or refused after it was checked.
        None => return Err(Error::InvalidCredentials),
    }
    let (session, none) = (rotated.session, CredentialCookies::default());
    if session.policy.credential_storage().is_cookie() {
        let cookies = cookies::replace(&none, credential.as_ref(), &session, app.config.cookie_secure, now);
        return Ok((StatusCode::NO_CONTENT, cookies).into_response());
    }
    Ok(Json(token_response(&app, user.into(), session, credential.as_ref(), now)?).into_response())
}

/// Changes the display name of the caller: for `PATCH /api/account` and the server function `change_name`.
pub async fn change_name(app: &AppState, client: &ClientInfo, caller: &Caller, name: &str) -> Result<(), Error> {
    let name = Name::parse(name).ok_or_else(|| Error::field("name", InvalidField::Name))?;
    app.limiter.spend(Attempt::Write { session_id: &caller.session_id }).await?;
    app.limiter.spend(Attempt::ChangeName { user_id: &caller.user_id }).await?;
    let is_changed =
        app.store.change_name(&caller.user_id, &name, &caller.session_id, &client.actor(), app.clock.now()).await?;
    if !is_changed {
        return Err(caller.session_ended(EndReason::RevokedByAdmin));
    }
    app.sessions.bar_user(&caller.user_id).await;
    Ok(())
}

async fn account(app: &AppState, caller: &Caller, user: User) -> Result<Account, Error> {
    let withheld_roles = withheld_roles(app, caller, &user).await?;
    Ok(Account { withheld_roles, ..user.into() })
}

/// The roles of the caller's user that the session lacks, from the database: an access token may be older than the session's
/// latest proof.
pub(super) async fn withheld_roles(app: &AppState, caller: &Caller, user: &User) -> Result<Vec<String>, Error> {
    if app.second_factor_roles.among(&user.roles).next().is_none() {
        return Ok(vec![]);
    }
    let Some(session) = app.store.session(&caller.session_id).await? else {
        return Err(sessions::caller_session_ended(app, caller, app.clock.now()).await);
    };
    Ok(app.second_factor_roles.withheld(&user.roles, user.has_second_step, &session.authentication))
}

/// The caller's user. One who is disabled or deleted has no live session.
pub(super) async fn user_of(app: &AppState, caller: &Caller) -> Result<User, Error> {
    let user = app.store.user(&caller.user_id).await?.filter(|user| user.disabled_at.is_none());
    let user = user.ok_or_else(|| caller.session_ended(EndReason::RevokedByAdmin))?;
    if user.delete_at.is_some() { Err(caller.session_ended(EndReason::AccountDeleted)) } else { Ok(user) }
}
