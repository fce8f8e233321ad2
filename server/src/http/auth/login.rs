//! Login, with the API or with the form of the page: one path decides, two answer.

use axum::extract::State;
use doorward_api::{EventKind, Login, Problem, TokenResponse};

use super::{
    browser::Browser,
    second_factor::require_second_factor,
    start_session::{UsedUp, start_session},
};
use crate::{
    clock::Moment,
    http::{client_info::ClientInfo, cookies::SetCookies, error::Error, json::Json, refusal_events},
    login::{attempt::Attempt, password_hasher::Priority, proven::Proven},
    model::{
        audit::AuditEvent,
        email::Email,
        password::Password,
        user::{User, UserId},
    },
    state::AppState,
};

/// Exchange an email and a password for a session.
#[utoipa::path(post, path = "/api/auth/login", tag = "auth", request_body = Login, responses(
    (status = 200, description = "Logged in; the credential cookie is set", body = TokenResponse),
    (status = 401, description = "`invalid_credentials`: unknown account, wrong password or disabled account; \
        `second_factor_required`: the password is right; send `ticket` and a factor of one of `methods` to \
        `POST /api/auth/login/factor`", body = Problem),
    (status = 403, description = "`deletion_pending`: the password is right, but the account is going to be deleted", body = Problem),
    (status = 429, description = "`too_many_attempts`", body = Problem),
    (status = 503, description = "`busy`: too many passwords are waiting to be hashed", body = Problem),
))]
pub async fn login(
    State(app): State<AppState>,
    browser: Browser,
    Json(form): Json<Login>,
) -> Result<(SetCookies, Json<TokenResponse>), Error> {
    let (cookies, response) = log_in(&app, &browser, &form).await?;
    Ok((cookies, Json(response)))
}

/// Checks an email and a password, and starts a session unless a second factor is required.
pub async fn log_in(app: &AppState, browser: &Browser, form: &Login) -> Result<(SetCookies, TokenResponse), Error> {
    let client = &browser.client;
    let email = Email::parse(&form.email).ok_or(Error::InvalidCredentials)?;
    let password = Password::parse(&form.password).ok_or(Error::InvalidCredentials)?;
    let device = app.device_cookies.find(&browser.device_cookie, &email, app.clock.now());
    // A place before the database: what cannot be hashed costs no query.
    let hashing = app.password_hasher.reserve(if device.is_some() { Priority::Known } else { Priority::Unknown })?;
    let attempt = Attempt::Login { email: &email, device: device.as_ref(), ip: client.ip };
    let attempt = app.limiter.start(attempt).await;
    let attempt = attempt.inspect_err(|error| refusal_events::record_rate_limit(app, error, &email, client))?;

    let user = app.store.user_by_email(&email).await?;
    let hash = user.as_ref().map(|user| &user.password_hash);
    let is_correct = hashing.matches(password.clone(), hash).await?;
    let now = app.clock.now();
    let user = match user {
        Some(user) if is_correct && user.is_active() && user.password_refused_at.is_none() => user,
        Some(User { id, delete_at: Some(delete_at), disabled_at: None, password_refused_at: None, .. })
            if is_correct && delete_at > now =>
        {
            attempt.count();
            app.metrics.login(false);
            let has_link = app.store.has_deletion_undo(&id, now).await?;
            return Err(Error::DeletionPending { delete_at, has_link });
        }
        user => {
            attempt.count();
            return Err(invalid_credentials(app, user.as_ref(), client, now).await);
        }
    };
    app.limiter.spend(Attempt::StartSession { user_id: &user.id }).await?;

    let Ok(proven) = Proven::with_password(user.clone(), now) else {
        // Nothing is given back before the second factor is right, too.
        let required = require_second_factor(app, browser, &user, attempt.stored_keys(), now).await?;
        after_right_password(app, &user, password);
        return Err(required);
    };
    let used_up = UsedUp { limits: attempt.stored_keys(), ..UsedUp::default() };
    let started = start_session(app, browser, proven, &used_up, now).await?;
    after_right_password(app, &user, password);
    Ok(started)
}

fn after_right_password(app: &AppState, user: &User, password: Password) {
    flag_if_breached(app, user, &password);
    rehash_if_outdated(app, user, password);
}

async fn invalid_credentials(app: &AppState, user: Option<&User>, client: &ClientInfo, now: Moment) -> Error {
    match login_failed(app, user.map(|user| &user.id), client, now).await {
        Ok(()) => Error::InvalidCredentials,
        Err(error) => error.into(),
    }
}

/// Records the failed login. It writes the same for unknown accounts, so that the time does not reveal them.
pub(super) async fn login_failed(
    app: &AppState,
    user_id: Option<&UserId>,
    client: &ClientInfo,
    now: Moment,
) -> Result<(), sqlx::Error> {
    app.metrics.login(false);
    let actor = client.actor();
    let event = AuditEvent { kind: EventKind::LoginFailed, user_id, session_id: None, reason: None, actor: &actor };
    app.store.record(&event, now).await
}

/// Hashes the password with the current parameters if its hash was made with others. In the background, because the
/// response need not wait for it; if the hasher is busy, the next login tries again.
fn rehash_if_outdated(app: &AppState, user: &User, password: Password) {
    if app.password_hasher.is_outdated(&user.password_hash) {
        let (app, user) = (app.clone(), user.clone());
        tokio::spawn(async move {
            let Ok(place) = app.password_hasher.reserve(Priority::Unknown) else { return };
            let Ok(new) = place.hash(password).await else { return };
            if let Err(error) = app.store.rehash(&user, &new).await {
                tracing::warn!(%error, "storing a password hash with the current parameters failed; the old one stays");
            }
        });
    }
}

/// Flags the password if it has come onto the list of breached ones, or has gone from it. In the background, so that the
/// response takes the same time.
fn flag_if_breached(app: &AppState, user: &User, password: &Password) {
    let must_change = app.config.breached_passwords.is_listed(password);
    if must_change != user.must_change_password {
        let (app, user) = (app.clone(), user.clone());
        tokio::spawn(async move {
            if let Err(error) = app.store.set_must_change_password(&user, must_change).await {
                tracing::warn!(%error, "flagging a breached password failed; the next login tries again");
            }
        });
    }
}
