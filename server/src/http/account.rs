//! The caller's own account.

use axum::{Json as Answer, extract::State, http::StatusCode};
use doorward_api::{self as api, Account, ChangePassword, EndReason, Problem};

use super::{
    caller::Caller,
    extract::{Client, Json},
    sessions,
};
use crate::{
    http::error::Error,
    login::rate_limiter::Attempt,
    model::{
        password::Password,
        user::{Name, User},
    },
    state::AppState,
    store::RevokeOutcome,
};

/// Say who is logged in: from the access token alone, or from the session that the cookie proves.
#[utoipa::path(get, path = "/api/me", tag = "account", security(("access_token" = [])), responses(
    (status = 200, description = "The person", body = api::User),
    (status = 401, description = "`token_missing`, `token_invalid`, `token_expired`, or `session_ended`", body = Problem),
))]
pub async fn me(caller: Caller) -> Answer<api::User> {
    Answer(api::User { id: caller.user_id.0, name: caller.name, roles: caller.roles })
}

/// Show the account, fresh from the database.
#[utoipa::path(get, path = "/api/account", tag = "account", security(("access_token" = [])), responses(
    (status = 200, description = "The account", body = Account),
    (status = 401, description = "`token_missing`, `token_invalid`, `token_expired`, or `session_ended`", body = Problem),
))]
pub async fn show(State(app): State<AppState>, caller: Caller) -> Result<Answer<Account>, Error> {
    Ok(Answer(user_of(&app, &caller).await?.into()))
}

/// Replace the password, and end every other session.
#[utoipa::path(post, path = "/api/account/password", tag = "account", request_body = ChangePassword,
    security(("access_token" = [])), responses(
    (status = 204, description = "Changed; all other sessions are over"),
    (status = 401, description = "`invalid_credentials`: the current password is wrong; or as for every caller", body = Problem),
    (status = 422, description = "`invalid_input`: the new password cannot be taken", body = Problem),
    (status = 429, description = "`too_many_attempts`", body = Problem),
))]
pub async fn change_password(
    State(app): State<AppState>,
    client: Client,
    caller: Caller,
    Json(form): Json<ChangePassword>,
) -> Result<StatusCode, Error> {
    let user = user_of(&app, &caller).await?;
    // Before an attempt is used up: whoever looks for a good new password does not guess the current one.
    let new = Password::choose(&form.new_password, app.config.password_min_length, &user.name, user.email.as_str())
        .map_err(|message| Error::field("new_password", message))?;
    let current = Password::parse(&form.current_password).ok_or(Error::InvalidCredentials)?;
    app.limiter.check(&Attempt::ChangePassword { email: &user.email, from: client.address }).await?;

    if !app.password_hasher.matches(current, Some(&user.password_hash)).await? {
        return Err(Error::InvalidCredentials);
    }
    let new = app.password_hasher.hash(new).await?;
    let now = app.clock.now();
    match app.store.change_password(&user, &new, &caller.session_id, &client.actor(), now).await? {
        Some(RevokeOutcome::Ended(ended)) => app.revocations.add(ended),
        Some(RevokeOutcome::CallerEnded) => return Err(sessions::over(&app, &caller, now).await),
        // Another change came first: the password that was checked is not the current one any more.
        None => return Err(Error::InvalidCredentials),
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Gives the caller another name. Access tokens have the old one until the next refresh.
pub async fn change_name(app: &AppState, client: &Client, caller: &Caller, name: &str) -> Result<(), Error> {
    let name = Name::parse(name).ok_or_else(|| Error::field("name", Name::RULE))?;
    let is_changed =
        app.store.change_name(&caller.user_id, &name, &caller.session_id, &client.actor(), app.clock.now()).await?;
    if is_changed { Ok(()) } else { Err(caller.over(EndReason::RevokedByAdmin)) }
}

async fn user_of(app: &AppState, caller: &Caller) -> Result<User, Error> {
    let user = app.store.user(&caller.user_id).await?;
    user.filter(|user| user.disabled_at.is_none()).ok_or_else(|| caller.over(EndReason::RevokedByAdmin))
}
