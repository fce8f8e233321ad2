//! The caller's own account.

use axum::{extract::State, http::StatusCode};
use doorward_api::{self as api, Account, ChangePassword, EndReason, Problem};

use super::{caller::Caller, client_info::ClientInfo, json::Json, sessions};
use crate::{
    http::error::Error,
    login::{attempt::Attempt, password_hasher::Priority},
    model::{
        password::Password,
        user::{Name, User},
    },
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
    Ok(Json(user_of(&app, &caller).await?.into()))
}

/// Change the password and end all other sessions.
#[utoipa::path(post, path = "/api/account/password", tag = "account", request_body = ChangePassword,
    security(("access_token" = [])), responses(
    (status = 204, description = "Password changed; all other sessions have ended"),
    (status = 401, description = "`invalid_credentials`: the current password is wrong; otherwise see `GET /api/me`", body = Problem),
    (status = 422, description = "`invalid_input`: the new password does not meet the rules", body = Problem),
    (status = 429, description = "`too_many_attempts`", body = Problem),
    (status = 503, description = "`busy`: too many passwords are waiting to be hashed", body = Problem),
))]
pub async fn change_password(
    State(app): State<AppState>,
    client: ClientInfo,
    caller: Caller,
    Json(form): Json<ChangePassword>,
) -> Result<StatusCode, Error> {
    let refused = |message| Error::field("new_password", message);
    let new = Password::of_length(&form.new_password, app.config.password_min_length).map_err(refused)?;
    let current = Password::parse(&form.current_password).ok_or(Error::InvalidCredentials)?;
    let hashing = app.password_hasher.reserve(Priority::Known)?;
    app.limiter.spend(Attempt::Write { session_id: &caller.session_id }).await?;
    let user = user_of(&app, &caller).await?;
    // A new password that breaks the rules is no attempt to guess the current one.
    new.check_guessable(&user.name, user.email.as_str()).map_err(refused)?;

    let attempt = app.limiter.start(Attempt::Reauthenticate { session_id: &caller.session_id }).await?;
    if !hashing.matches(current, Some(&user.password_hash)).await? {
        attempt.count();
        return Err(Error::InvalidCredentials);
    }
    app.limiter.spend(Attempt::ChangePassword { user_id: &user.id }).await?;

    let new = hashing.hash(new).await?;
    let (now, limits) = (app.clock.now(), attempt.stored_keys());
    match app.store.change_password(&user, &new, &caller.session_id, limits, (&client.actor(), now)).await? {
        Some(RevokeOutcome::Ended(ended)) => app.revocations.add(ended),
        Some(RevokeOutcome::CallerEnded) => return Err(sessions::caller_session_ended(&app, &caller, now).await),
        // The password was changed after it was checked.
        None => return Err(Error::InvalidCredentials),
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Changes the display name of the caller. Access tokens keep the old one until the next refresh.
pub async fn change_name(app: &AppState, client: &ClientInfo, caller: &Caller, name: &str) -> Result<(), Error> {
    let name = Name::parse(name).ok_or_else(|| Error::field("name", Name::RULE))?;
    app.limiter.spend(Attempt::Write { session_id: &caller.session_id }).await?;
    app.limiter.spend(Attempt::ChangeName { user_id: &caller.user_id }).await?;
    let is_changed =
        app.store.change_name(&caller.user_id, &name, &caller.session_id, &client.actor(), app.clock.now()).await?;
    if is_changed { Ok(()) } else { Err(caller.session_ended(EndReason::RevokedByAdmin)) }
}

/// The caller's user. A disabled user has no live session.
async fn user_of(app: &AppState, caller: &Caller) -> Result<User, Error> {
    let user = app.store.user(&caller.user_id).await?;
    user.filter(|user| user.disabled_at.is_none()).ok_or_else(|| caller.session_ended(EndReason::RevokedByAdmin))
}
