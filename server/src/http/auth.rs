//! Register, log in, refresh, log out.

use axum::{Json as Answer, extract::State, http::StatusCode, response::IntoResponse};
use doorward_api::{self as api, CredentialStorage, EndReason, EventKind, Login, Problem, Register, TokenResponse};

use super::{
    caller::{Caller, ExpectedSession},
    cookies::{self, Cookies},
    extract::{Client, Json},
};
use crate::{
    clock::Moment,
    http::error::Error,
    login::rate_limiter::Attempt,
    model::{
        audit::AuditEvent,
        credential::{IssuedCredential, NewSession},
        email::Email,
        password::Password,
        session::{Session, SessionId},
        user::{Name, User, UserId},
    },
    sessions::authenticate::{self, AuthenticationError, PresentedCredential},
    state::AppState,
};

/// Open an account and log in.
#[utoipa::path(post, path = "/api/auth/register", tag = "auth", request_body = Register, responses(
    (status = 201, description = "Registered and logged in; the refresh cookie is set", body = TokenResponse),
    (status = 409, description = "`email_taken`", body = Problem),
    (status = 422, description = "`invalid_input`, with what is wrong with each field", body = Problem),
    (status = 429, description = "`too_many_attempts`", body = Problem),
))]
pub async fn register(
    State(app): State<AppState>,
    client: Client,
    cookies: Cookies,
    Json(form): Json<Register>,
) -> Result<impl IntoResponse, Error> {
    let (email, name, password) = check_registration(&form, app.config.password_min_length)?;
    app.limiter.check(&Attempt::Register { from: client.address }).await?;
    if app.store.user_by_email(&email).await?.is_some() {
        return Err(Error::EmailTaken);
    }

    let password_hash = app.password_hasher.hash(password).await?;
    let now = app.clock.now();
    let name = name.as_str().to_owned();
    let user = User {
        id: UserId::generate(),
        email,
        name,
        roles: vec![],
        password_hash,
        password_version: 1,
        created_at: now,
        disabled_at: None,
    };
    let (begun, proof) = begin(&app, &user, &client, now);
    let replaces = session_ids(&app, cookies.presented(&app, now)).await?;
    let ended = app.store.register(&user, &begun, &replaces, &client.actor(), now).await?;
    app.revocations.add(ended.ok_or(Error::EmailTaken)?);
    app.metrics.login(true);
    Ok((StatusCode::CREATED, welcome(&app, user, begun.session, proof.as_ref(), &cookies, now)))
}

/// Trade an email and a password for a session.
#[utoipa::path(post, path = "/api/auth/login", tag = "auth", request_body = Login, responses(
    (status = 200, description = "Logged in; the refresh cookie is set", body = TokenResponse),
    (status = 401, description = "`invalid_credentials`: unknown account, wrong password or disabled account", body = Problem),
    (status = 429, description = "`too_many_attempts`", body = Problem),
))]
pub async fn login(
    State(app): State<AppState>,
    client: Client,
    cookies: Cookies,
    Json(form): Json<Login>,
) -> Result<impl IntoResponse, Error> {
    let email = Email::parse(&form.email).ok_or(Error::InvalidCredentials)?;
    let password = Password::parse(&form.password).ok_or(Error::InvalidCredentials)?;
    app.limiter.check(&Attempt::Login { email: &email, from: client.address }).await?;

    let user = app.store.user_by_email(&email).await?;
    // An unknown account is compared with a decoy: the same work, the same time (R15).
    let matches = app.password_hasher.matches(password.clone(), user.as_ref().map(|user| &user.password_hash)).await?;
    let now = app.clock.now();
    let user = match user {
        Some(user) if matches && user.disabled_at.is_none() => user,
        other => {
            record_failure(&app, other.as_ref(), &client, now).await?;
            return Err(Error::InvalidCredentials);
        }
    };

    let (begun, proof) = begin(&app, &user, &client, now);
    let replaces = session_ids(&app, cookies.presented(&app, now)).await?;
    let ended = app.store.log_in(&user, &begun, &replaces, &client.actor(), now).await?;
    // The password has changed meanwhile: the one that was checked is not the current one any more.
    app.revocations.add(ended.ok_or(Error::InvalidCredentials)?);
    app.metrics.login(true);
    rehash_if_outdated(&app, &user, password);
    Ok(welcome(&app, user, begun.session, proof.as_ref(), &cookies, now))
}

/// Get a fresh access token for a session that lives. Where a session cookie stands in place of tokens, learn who it is.
///
/// Never sets a cookie, never returns a refresh token, never moves the session's end (R33, R34). A refresh token that the
/// browser keeps in memory comes in the body; otherwise there is none.
#[utoipa::path(post, path = "/api/auth/refresh", tag = "auth", request_body = Option<api::PresentedRefreshToken>, responses(
    (status = 200, description = "A fresh access token", body = TokenResponse),
    (status = 401, description = "`session_missing`, or `session_ended` with its reason", body = Problem),
    (status = 503, description = "`unavailable`: the session lives on; try again", body = Problem),
))]
pub async fn refresh(
    State(app): State<AppState>,
    cookies: Cookies,
    meant: ExpectedSession,
    body: Option<Json<api::PresentedRefreshToken>>,
) -> Result<Answer<TokenResponse>, Error> {
    let now = app.clock.now();
    let in_body = body.and_then(|Json(body)| body.refresh_token);
    if in_body.is_none() && cookies.is_empty() {
        return Err(Error::SessionMissing);
    }

    let live = live_session(&app, presented(&app, in_body.as_deref(), &cookies, now), now).await;
    if !matches!(live, Err(Error::Unavailable(_))) {
        app.metrics.refresh(live.is_ok());
    }
    let (mut session, user) = live?;
    meant.check(&session.id)?;
    authenticate::touch(&app.sessions, &mut session, now);
    Ok(Answer(grant(&app, user, session, None, now)))
}

/// End the session that is presented: by cookie, by access token or by the refresh token in the body. Also done when there
/// is none, or it is over.
#[utoipa::path(post, path = "/api/auth/logout", tag = "auth", request_body = Option<api::PresentedRefreshToken>,
    security((), ("access_token" = [])), responses(
    (status = 204, description = "Nobody is logged in here any more; the cookies of the session are cleared"),
    (status = 401, description = "`session_ended`: `Doorward-Session` names another session than the cookie", body = Problem),
    (status = 503, description = "`unavailable`: nothing has changed; try again", body = Problem),
))]
pub async fn logout(
    State(app): State<AppState>,
    client: Client,
    cookies: Cookies,
    meant: ExpectedSession,
    caller: Result<Caller, Error>,
    body: Option<Json<api::PresentedRefreshToken>>,
) -> Result<impl IntoResponse, Error> {
    let now = app.clock.now();
    let in_body = body.and_then(|Json(body)| body.refresh_token);
    let in_body = in_body
        .and_then(|token| PresentedCredential::read(&app.refresh_tokens, CredentialStorage::RefreshToken, &token, now));
    let presented = in_body.into_iter().chain(cookies.presented(&app, now));
    let by_proof = session_ids(&app, presented).await?;
    by_proof.iter().try_for_each(|session_id| meant.check(session_id))?;
    let by_token = match caller {
        Ok(caller) => Some(caller.session_id),
        // Genuine, and perhaps live: not to be called logged out.
        Err(Error::Unavailable(cause)) => return Err(Error::Unavailable(cause)),
        Err(_) => None,
    };
    // First the database, then the answer: who reads "logged out" is logged out (R30).
    for session_id in by_proof.into_iter().chain(by_token) {
        let ended = app.store.end_session(&session_id, EndReason::LoggedOut, &client.actor(), now).await?;
        app.revocations.add(ended);
    }
    Ok((StatusCode::NO_CONTENT, cookies::clear(&cookies.kinds(), &app)))
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

fn begin(app: &AppState, user: &User, client: &Client, now: Moment) -> (NewSession, Option<IssuedCredential>) {
    let policy = app.policies.for_roles(&user.roles);
    authenticate::issue(
        &app.refresh_tokens,
        Session::begin(user.id.clone(), policy, client.device.clone(), client.address, now),
    )
}

/// The answer to a login: the cookies and the grant.
fn welcome(
    app: &AppState,
    user: User,
    session: Session,
    proof: Option<&IssuedCredential>,
    before: &Cookies,
    now: Moment,
) -> impl IntoResponse + use<> {
    let cookies = cookies::replace(before, proof, &session, app.config.cookie_secure, now);
    (cookies, Answer(grant(app, user, session, proof, now)))
}

fn grant(app: &AppState, user: User, session: Session, proof: Option<&IssuedCredential>, now: Moment) -> TokenResponse {
    let lifetime = app.policies.for_roles(&user.roles).access_token_lifetime;
    let has_token = session.policy.credential_storage().has_access_token();
    let token = has_token.then(|| app.access_tokens.issue(&user, &session, lifetime, now));
    let (access_token, expires_in) = token.map(|token| (token.jwt, token.expires_in)).unzip();
    TokenResponse {
        token_type: access_token.as_ref().map(|_| "Bearer".into()),
        access_token,
        expires_in,
        refresh_token: proof
            .filter(|proof| proof.storage == CredentialStorage::RefreshToken)
            .map(|proof| proof.reveal().to_owned()),
        session: session.into_api(true),
        user: user.into(),
    }
}

/// What may prove a session at a refresh. What the page sends on purpose comes before what the browser adds by itself.
fn presented(app: &AppState, in_body: Option<&str>, cookies: &Cookies, now: Moment) -> Vec<PresentedCredential> {
    match in_body {
        Some(token) => PresentedCredential::read(&app.refresh_tokens, CredentialStorage::RefreshToken, token, now)
            .into_iter()
            .collect(),
        None => cookies.presented(app, now).collect(),
    }
}

/// The live session of the first proof that has one; otherwise, why there is none. What is forged counts as none.
async fn live_session(
    app: &AppState,
    presented: Vec<PresentedCredential>,
    now: Moment,
) -> Result<(Session, User), Error> {
    let mut refused = AuthenticationError::SessionEnded(EndReason::Unknown.into());
    for presented in presented {
        match authenticate::authenticate(&app.sessions, &presented, now).await {
            Err(error @ AuthenticationError::SessionEnded(_)) => refused = error,
            outcome => return Ok(outcome?),
        }
    }
    Err(refused.into())
}

/// The sessions of genuine proofs; what is forged or past its end counts as none.
async fn session_ids(
    app: &AppState,
    presented: impl Iterator<Item = PresentedCredential>,
) -> Result<Vec<SessionId>, sqlx::Error> {
    let mut ids = Vec::new();
    for presented in presented.filter(|presented| !presented.is_expired) {
        ids.extend(presented.session_id(&app.store).await?);
    }
    Ok(ids)
}

async fn record_failure(app: &AppState, user: Option<&User>, client: &Client, now: Moment) -> Result<(), Error> {
    app.metrics.login(false);
    let actor = client.actor();
    let user_id = user.map(|user| &user.id);
    let event = AuditEvent { kind: EventKind::LoginFailed, user_id, session_id: None, reason: None, actor: &actor };
    Ok(app.store.record(&event, now).await?)
}

/// Brings an old hash to today's settings, now that the password is known (R9). Nobody waits for it, and when there is
/// too much to do the next login does it.
fn rehash_if_outdated(app: &AppState, user: &User, password: Password) {
    if app.password_hasher.is_outdated(&user.password_hash) {
        let (app, user) = (app.clone(), user.clone());
        tokio::spawn(async move {
            let Ok(new) = app.password_hasher.hash(password).await else { return };
            if let Err(error) = app.store.rehash(&user, &new).await {
                tracing::warn!(%error, "a password hash stays as it was");
            }
        });
    }
}
