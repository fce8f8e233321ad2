//! `POST /api/auth/confirm`.

use axum::extract::State;
use doorward_api::{self as api, Problem, TokenResponse};

use super::token_response::token_response;
use crate::{
    clock::Moment,
    http::{caller::Caller, client_info::ClientInfo, error::Error, json::Json, refusal_events, sessions},
    login::{attempt::Attempt, password_hasher::Priority},
    model::{authentication::Authentication, password::Password, session::Session},
    sessions::{authenticate, expiry},
    state::AppState,
    store::{ConfirmOutcome, WrongConfirmation},
};

/// Prove again who you are, for what answers with `step_up_required`.
///
/// Returns a new access token, unless a session cookie replaces tokens. Moves neither the end of the session nor, under
/// `banking`, that of the access token; sets no cookie and returns no refresh token.
#[utoipa::path(post, path = "/api/auth/confirm", tag = "auth", request_body = api::Confirm,
    security(("access_token" = [])), responses(
    (status = 200, description = "Confirmed; the `auth_time` of this session is now", body = TokenResponse),
    (status = 401, description = "`invalid_credentials`: wrong password; `session_ended` with `too_many_confirmations`: the fifth \
        wrong one in a row; otherwise see `GET /api/me`", body = Problem),
    (status = 429, description = "`too_many_attempts`", body = Problem),
    (status = 503, description = "`busy`: too many passwords are waiting to be hashed", body = Problem),
))]
pub async fn confirm(
    State(app): State<AppState>,
    client: ClientInfo,
    caller: Caller,
    Json(form): Json<api::Confirm>,
) -> Result<Json<TokenResponse>, Error> {
    let password = Password::parse(&form.password).ok_or(Error::InvalidCredentials)?;
    let hashing = app.password_hasher.reserve(Priority::Known)?;
    app.limiter.spend(Attempt::Write { session_id: &caller.session_id }).await?;
    let user = app.store.user(&caller.user_id).await?;
    let session = app.store.session(&caller.session_id).await?;
    let (Some(user), Some(session)) = (user.filter(|user| user.disabled_at.is_none()), session) else {
        return Err(sessions::caller_session_ended(&app, &caller, app.clock.now()).await);
    };
    active_session(&app, &caller, &user.roles, session, app.clock.now()).await?;

    let attempt = app.limiter.start(Attempt::CurrentPassword { session_id: &caller.session_id }).await;
    let attempt = attempt.inspect_err(|error| refusal_events::record_rate_limit(&app, error, &user.email, &client))?;
    if !hashing.matches(password, Some(&user.password_hash)).await? {
        attempt.count();
        return Err(wrong_password(&app, &caller, &client).await);
    }
    let now = app.clock.now();
    let (authentication, limits) = (Authentication::with_password(now), attempt.stored_keys());
    let by = (&client.actor(), now);
    match app.store.confirm_session(&user, &caller.session_id, &authentication, limits, by).await? {
        ConfirmOutcome::Confirmed(session) => {
            app.sessions.bar_user(&user.id).await;
            let session = active_session(&app, &caller, &user.roles, *session, now).await?;
            token_response(&app, user.into(), session, None, now).map(Json)
        }
        ConfirmOutcome::CallerEnded => Err(sessions::caller_session_ended(&app, &caller, now).await),
        ConfirmOutcome::Outdated => Err(Error::InvalidCredentials),
    }
}

/// The session as it is now, if the next refresh would not end it: a role with a stricter policy must not get an access token
/// here. A confirmation is no use of the session.
async fn active_session(
    app: &AppState,
    caller: &Caller,
    roles: &[String],
    session: Session,
    now: Moment,
) -> Result<Session, Error> {
    let policy = app.policies.for_roles(roles);
    if !session.permitted_under(policy) {
        let end = authenticate::end_by_policy(&app.sessions, &session.id, now).await?;
        return Err(caller.session_ended(end));
    }
    let session = app.sessions.current(session, now).clamped_to(policy);
    // Room for an access token, which has whole seconds.
    if session.expires_or_idles_at().seconds() > now.seconds() {
        return Ok(session);
    }
    match expiry::end_of(&app.sessions, &session.id, now).await? {
        Some(end) => Err(caller.session_ended(end)),
        None => Err(Error::Unavailable("the last use of the session is not in the database yet".into())),
    }
}

/// Counts a wrong password. The last one in a row ends the session, on every node.
async fn wrong_password(app: &AppState, caller: &Caller, client: &ClientInfo) -> Error {
    let now = app.clock.now();
    let session = (&caller.user_id, &caller.session_id);
    match app.store.record_wrong_confirmation(session, &client.actor(), now).await {
        Ok(WrongConfirmation::Counted) => Error::InvalidCredentials,
        Ok(WrongConfirmation::Ended(ended)) => {
            let end = ended.end.clone();
            app.revocations.add([ended]).await;
            caller.session_ended(end)
        }
        Ok(WrongConfirmation::CallerEnded) => sessions::caller_session_ended(app, caller, now).await,
        Err(error) => error.into(),
    }
}
