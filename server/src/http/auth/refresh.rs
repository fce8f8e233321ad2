//! `POST /api/auth/refresh`.

use axum::extract::State;
use doorward_api::{self as api, CredentialStorage, Problem, TokenResponse};

use super::token_response::token_response;
use crate::{
    clock::Moment,
    http::{cookies::CredentialCookies, error::Error, expected_session::ExpectedSession, json::Json},
    refusal::Refusal,
    sessions::authenticate::{self, PresentedCredential},
    state::AppState,
};

/// Get a new access token for a live session. With a session cookie, which replaces tokens: get the session and its user.
///
/// Never sets a cookie, never returns a refresh token, never extends the absolute timeout of the session. A refresh token
/// that the browser keeps in memory is sent in the body; otherwise there is no body.
#[utoipa::path(post, path = "/api/auth/refresh", tag = "auth", request_body = Option<api::PresentedRefreshToken>, responses(
    (status = 200, description = "A new access token", body = TokenResponse),
    (status = 401, description = "`session_missing`, or `session_ended` with its reason", body = Problem),
    (status = 503, description = "`unavailable`: the session may still be live; try again", body = Problem),
))]
pub async fn refresh(
    State(app): State<AppState>,
    cookies: CredentialCookies,
    expected: ExpectedSession,
    body: Option<Json<api::PresentedRefreshToken>>,
) -> Result<Json<TokenResponse>, Error> {
    let now = app.clock.now();
    let in_body = body.and_then(|Json(body)| body.refresh_token);
    if in_body.is_none() && cookies.is_empty() {
        return Err(Error::SessionMissing);
    }

    let credentials = credentials(&app, in_body.as_deref(), &cookies, now);
    if credentials.is_empty() {
        app.refusals.record(Refusal::CredentialInvalid);
    }
    let authenticated = authenticate::authenticate_first(&app.sessions, credentials, now).await.map_err(Error::from);
    if !matches!(authenticated, Err(Error::Unavailable(_))) {
        app.metrics.refresh(authenticated.is_ok());
    }
    let (mut session, user) = authenticated?;
    expected.check(&session.id, &app.revocations)?;

    authenticate::touch(&app.sessions, &mut session, &user, now);
    token_response(&app, user, session, None, now).map(Json)
}

/// The credentials of a request. A token in the body takes precedence: the page sends it on purpose, while the browser
/// attaches cookies automatically.
fn credentials(
    app: &AppState,
    in_body: Option<&str>,
    cookies: &CredentialCookies,
    now: Moment,
) -> Vec<PresentedCredential> {
    let Some(token) = in_body else { return cookies.presented(app, now).collect() };
    let credential = PresentedCredential::read(&app.refresh_tokens, CredentialStorage::RefreshToken, token, now);
    credential.into_iter().collect()
}
