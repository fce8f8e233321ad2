//! Register, log in, refresh, log out.

use app::api::{EndReason, EventKind, Grant, Login, Problem, Register};
use axum::{Json as Answer, extract::State, http::StatusCode, response::IntoResponse};

use super::{
    cookies::{self, RefreshCookie, SetCookie},
    extract::{Caller, Client, Json},
};
use crate::{
    audit::Event,
    clock::Moment,
    error::Error,
    over,
    password::Password,
    rate_limit::Attempt,
    refresh_token::{NewSession, Presented, RefreshToken},
    session::{Session, SessionId},
    state::AppState,
    user::{Email, Name, User, UserId},
};

/// Open an account and log in.
#[utoipa::path(post, path = "/api/auth/register", tag = "auth", request_body = Register, responses(
    (status = 201, description = "Registered and logged in; the refresh cookie is set", body = Grant),
    (status = 409, description = "`email_taken`", body = Problem),
    (status = 422, description = "`invalid_input`, with what is wrong with each field", body = Problem),
    (status = 429, description = "`too_many_attempts`", body = Problem),
))]
pub async fn register(
    State(app): State<AppState>,
    client: Client,
    RefreshCookie(cookie): RefreshCookie,
    Json(form): Json<Register>,
) -> Result<impl IntoResponse, Error> {
    let (email, name, password) = check_registration(&form, app.config.password_min_length)?;
    app.limiter.check(&Attempt::Register { from: client.address }).await?;
    if app.store.user_by_email(&email).await?.is_some() {
        return Err(Error::EmailTaken);
    }

    let password_hash = app.hashing.hash(password).await?;
    let now = app.clock.now();
    let name = name.as_str().to_owned();
    let user = User {
        id: UserId::fresh(),
        email,
        name,
        roles: vec![],
        password_hash,
        password_version: 1,
        created_at: now,
        disabled_at: None,
    };
    let (session, token) = begin(&app, &user, &client, now);
    let replaces = presented_session(&app, cookie.as_deref(), now);
    let ended = app.store.register(&user, &session, replaces.as_ref(), &client.actor(), now).await?;
    app.revocations.add(ended.ok_or(Error::EmailTaken)?);
    app.metrics.login(true);
    Ok((
        StatusCode::CREATED,
        set_cookie(&app, &token, &session.session, now),
        Answer(grant(&app, user, session.session, now)),
    ))
}

/// Trade an email and a password for a session.
#[utoipa::path(post, path = "/api/auth/login", tag = "auth", request_body = Login, responses(
    (status = 200, description = "Logged in; the refresh cookie is set", body = Grant),
    (status = 401, description = "`invalid_credentials`: unknown account, wrong password or disabled account", body = Problem),
    (status = 429, description = "`too_many_attempts`", body = Problem),
))]
pub async fn login(
    State(app): State<AppState>,
    client: Client,
    RefreshCookie(cookie): RefreshCookie,
    Json(form): Json<Login>,
) -> Result<impl IntoResponse, Error> {
    let email = Email::parse(&form.email).ok_or(Error::InvalidCredentials)?;
    let password = Password::parse(&form.password).ok_or(Error::InvalidCredentials)?;
    app.limiter.check(&Attempt::Login { email: &email, from: client.address }).await?;

    let user = app.store.user_by_email(&email).await?;
    // An unknown account is compared with a decoy: the same work, the same time (R15).
    let matches = app.hashing.matches(password.clone(), user.as_ref().map(|user| &user.password_hash)).await?;
    let now = app.clock.now();
    let user = match user {
        Some(user) if matches && user.disabled_at.is_none() => user,
        other => {
            record_failure(&app, other.as_ref(), &client, now).await?;
            return Err(Error::InvalidCredentials);
        }
    };

    let (session, token) = begin(&app, &user, &client, now);
    let replaces = presented_session(&app, cookie.as_deref(), now);
    let ended = app.store.log_in(&user, &session, replaces.as_ref(), &client.actor(), now).await?;
    // The password has changed meanwhile: the one that was checked is not the current one any more.
    app.revocations.add(ended.ok_or(Error::InvalidCredentials)?);
    app.metrics.login(true);
    rehash_if_outdated(&app, &user, password);
    Ok((set_cookie(&app, &token, &session.session, now), Answer(grant(&app, user, session.session, now))))
}

/// Get a fresh access token for a session that lives.
///
/// Never sets a cookie, never returns a refresh token, never moves the session's end (R33, R34).
#[utoipa::path(post, path = "/api/auth/refresh", tag = "auth", responses(
    (status = 200, description = "A fresh access token", body = Grant),
    (status = 401, description = "`session_missing`, or `session_ended` with its reason", body = Problem),
    (status = 503, description = "`unavailable`: the session lives on; try again", body = Problem),
))]
pub async fn refresh(
    State(app): State<AppState>,
    RefreshCookie(cookie): RefreshCookie,
) -> Result<Answer<Grant>, Error> {
    let token = cookie.ok_or(Error::SessionMissing)?;
    let now = app.clock.now();
    let presented = app.refresh_tokens.read(&token, now).map_err(|refused| {
        tracing::debug!(?refused, "refresh token refused");
        app.metrics.refresh(false);
        Error::SessionEnded(EndReason::Unknown.into())
    })?;

    let live = live_session(&app, &presented, now).await;
    if !matches!(live, Err(Error::Unavailable(_))) {
        app.metrics.refresh(live.is_ok());
    }
    let (session, user) = live?;
    app.last_use.record(&session.id, now);
    Ok(Answer(grant(&app, user, session, now)))
}

/// End the session that is presented, by cookie or access token. Also done when there is none, or it is over.
#[utoipa::path(post, path = "/api/auth/logout", tag = "auth", security((), ("access_token" = [])), responses(
    (status = 204, description = "Nobody is logged in here any more; the refresh cookie is cleared"),
    (status = 503, description = "`unavailable`: nothing has changed; try again", body = Problem),
))]
pub async fn logout(
    State(app): State<AppState>,
    client: Client,
    RefreshCookie(cookie): RefreshCookie,
    caller: Result<Caller, Error>,
) -> Result<impl IntoResponse, Error> {
    let now = app.clock.now();
    let by_cookie = presented_session(&app, cookie.as_deref(), now);
    let by_token = match caller {
        Ok(caller) => Some(caller.session_id()),
        // Genuine, and perhaps live: not to be called logged out.
        Err(Error::Unavailable(cause)) => return Err(Error::Unavailable(cause)),
        Err(_) => None,
    };
    // First the database, then the answer: who reads "logged out" is logged out (R30).
    for session_id in by_cookie.into_iter().chain(by_token) {
        let ended = app.store.end_session(&session_id, EndReason::LoggedOut, &client.actor(), now).await?;
        app.revocations.add(ended);
    }
    Ok((StatusCode::NO_CONTENT, cookies::clear(app.config.cookie_secure)))
}

fn check_registration(form: &Register, shortest: usize) -> Result<(Email, Name, Password), Error> {
    let email = Email::parse(&form.email).ok_or("Enter an email address in the form name@example.com.".to_owned());
    let name = Name::parse(&form.name).ok_or(Name::RULE.to_owned());
    let password = Password::choose(&form.password, shortest, &form.name, &form.email);
    match (email, name, password) {
        (Ok(email), Ok(name), Ok(password)) => Ok((email, name, password)),
        (email, name, password) => {
            let wrong = [("email", email.err()), ("name", name.err()), ("password", password.err())];
            let wrong = wrong.into_iter().filter_map(|(field, message)| Some((field.to_owned(), message?)));
            Err(Error::InvalidInput(wrong.collect()))
        }
    }
}

fn begin(app: &AppState, user: &User, client: &Client, now: Moment) -> (NewSession, RefreshToken) {
    let session = Session::begin(user.id.clone(), &app.config.policy, client.device.clone(), client.address, now);
    let (token, token_hash) = app.refresh_tokens.issue(&session);
    (NewSession { session, token_hash }, token)
}

fn set_cookie(app: &AppState, token: &RefreshToken, session: &Session, now: Moment) -> SetCookie {
    cookies::set(token, session, app.config.cookie_secure, now)
}

fn grant(app: &AppState, user: User, session: Session, now: Moment) -> Grant {
    let token = app.access_tokens.issue(&user, &session, app.config.policy.access_token_lifetime, now);
    Grant {
        access_token: Some(token.jwt),
        token_type: Some("Bearer".into()),
        expires_in: Some(token.expires_in),
        refresh_token: None,
        session: session.on_the_wire(true),
        user: user.into(),
    }
}

/// The session of a genuine refresh token; what is forged or over counts as none.
fn presented_session(app: &AppState, cookie: Option<&str>, now: Moment) -> Option<SessionId> {
    let presented = app.refresh_tokens.read(cookie?, now).ok()?;
    (!presented.is_expired).then_some(presented.session_id)
}

/// The session with its latest use and its owner, or why it is over.
async fn live_session(app: &AppState, presented: &Presented, now: Moment) -> Result<(Session, User), Error> {
    let find = async || match app.store.live_session(presented, now).await? {
        Some((mut session, user)) if !presented.is_expired => {
            app.last_use.apply(&mut session);
            Ok::<_, Error>(Some((session, user)))
        }
        _ => Ok(None),
    };
    let mut found = find().await?;
    if let Some((session, _)) = &found
        && session.is_idle(now)
        && let Some(doubt) = over::doubt(app, session, now)
    {
        tokio::time::sleep(doubt).await;
        found = find().await?;
    }
    if let Some((mut session, user)) = found.filter(|(session, _)| !session.is_idle(now)) {
        session.last_used_at = now.max(session.last_used_at);
        return Ok((session, user));
    }
    Err(Error::SessionEnded(over::why(app, presented, now).await?))
}

async fn record_failure(app: &AppState, user: Option<&User>, client: &Client, now: Moment) -> Result<(), Error> {
    app.metrics.login(false);
    let actor = client.actor();
    let user_id = user.map(|user| &user.id);
    let event = Event { kind: EventKind::LoginFailed, user_id, session_id: None, reason: None, actor: &actor };
    Ok(app.store.record(&event, now).await?)
}

/// Brings an old hash to today's settings, now that the password is known (R9). Nobody waits for it, and when there is
/// too much to do the next login does it.
fn rehash_if_outdated(app: &AppState, user: &User, password: Password) {
    if app.hashing.is_outdated(&user.password_hash) {
        let (app, user) = (app.clone(), user.clone());
        tokio::spawn(async move {
            let Ok(new) = app.hashing.hash(password).await else { return };
            if let Err(error) = app.store.rehash(&user, &new).await {
                tracing::warn!(%error, "a password hash stays as it was");
            }
        });
    }
}
