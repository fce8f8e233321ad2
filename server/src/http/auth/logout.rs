//! `POST /api/auth/logout`.

use axum::{extract::State, http::StatusCode};
use doorward_api::{self as api, CredentialStorage, EndReason, Problem};

use crate::{
    clock::Moment,
    http::{
        caller::Caller,
        client_info::ClientInfo,
        cookies::{self, CredentialCookies, SetCookies},
        error::Error,
        expected_session::ExpectedSession,
        json::Json,
    },
    model::session::SessionId,
    sessions::authenticate::{self, PresentedCredential},
    state::AppState,
};

/// Log out: end the sessions of all presented credentials (cookie, access token, refresh token in the body).
///
/// Succeeds even if none is live.
#[utoipa::path(post, path = "/api/auth/logout", tag = "auth", request_body = Option<api::PresentedRefreshToken>,
    security((), ("access_token" = [])), responses(
    (status = 204, description = "Logged out; the credential cookies are cleared"),
    (status = 401, description = "`session_ended`: `Doorward-Session` names another session than the cookie", body = Problem),
    (status = 503, description = "`unavailable`: nothing has changed; try again", body = Problem),
))]
pub async fn logout(
    State(app): State<AppState>,
    client: ClientInfo,
    cookies: CredentialCookies,
    expected: ExpectedSession,
    caller: Result<Caller, Error>,
    body: Option<Json<api::PresentedRefreshToken>>,
) -> Result<(StatusCode, SetCookies), Error> {
    let now = app.clock.now();
    let in_body = body
        .and_then(|Json(body)| body.refresh_token)
        .and_then(|token| PresentedCredential::read(&app.refresh_tokens, CredentialStorage::RefreshToken, &token, now));
    let credentials = in_body.into_iter().chain(cookies.presented(&app, now));
    let mut session_ids = authenticate::session_ids(&app.sessions, credentials).await?;
    session_ids.iter().try_for_each(|session_id| expected.check(session_id, &app.revocations))?;
    match caller {
        Ok(caller) => session_ids.push(caller.session_id),
        // A genuine token whose session may be live: do not report a logout that has not happened.
        Err(Error::Unavailable(cause)) => return Err(Error::Unavailable(cause)),
        Err(_) => {}
    }

    end_sessions(&app, session_ids, &client, now).await?;
    Ok((StatusCode::NO_CONTENT, cookies::clear(&cookies.storages(), &app)))
}

/// Logs out the browser that submits the form of a page: it has cookies only.
pub async fn log_out(app: &AppState, client: &ClientInfo, cookies: &CredentialCookies) -> Result<SetCookies, Error> {
    let now = app.clock.now();
    let session_ids = authenticate::session_ids(&app.sessions, cookies.presented(app, now)).await?;
    end_sessions(app, session_ids, client, now).await?;
    Ok(cookies::clear(&cookies.storages(), app))
}

/// The database comes before the response: a client that reads "logged out" is logged out.
async fn end_sessions(app: &AppState, ids: Vec<SessionId>, client: &ClientInfo, now: Moment) -> Result<(), Error> {
    for id in ids {
        let ended = app.store.end_session(&id, EndReason::LoggedOut, &client.actor(), now).await?;
        app.revocations.add(ended).await;
    }
    Ok(())
}
