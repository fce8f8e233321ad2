//! The caller's sessions: see them, name them, end them.

use axum::{Json as Answer, extract::State, http::StatusCode, response::IntoResponse};
use doorward_api::{self as api, EndReason, EndedCount, Problem, RenameSession};

use super::{
    caller::Caller,
    cookies,
    extract::{Client, Json, SessionPath},
};
use crate::{
    clock::Moment,
    http::error::Error,
    model::{
        session::{Label, SessionId},
        session_end::EndedSession,
    },
    sessions::expiry::{self, Liveness},
    state::AppState,
    store::RevokeOutcome,
};

/// List the sessions that are live, newest first.
#[utoipa::path(get, path = "/api/sessions", tag = "sessions", security(("access_token" = [])), responses(
    (status = 200, description = "The sessions; exactly one is `current`", body = [api::Session]),
    (status = 401, description = "As for every caller; also when the caller's own session is over", body = Problem),
))]
pub async fn list(State(app): State<AppState>, caller: Caller) -> Result<Answer<Vec<api::Session>>, Error> {
    let (now, current) = (app.clock.now(), caller.session_id.clone());
    let mut sessions = app.store.live_sessions(&caller.user_id, now).await?;
    for session in &mut sessions {
        app.sessions.last_used.apply(session);
    }
    // The caller's own is not idle, whatever this node knows of its uses: no token outlives the idle timeout.
    sessions.retain(|session| session.id == current || expiry::liveness(session, now) == Liveness::Active);
    if !sessions.iter().any(|session| session.id == current) {
        return Err(over(&app, &caller, now).await);
    }
    let on_the_wire = sessions.into_iter().map(|session| {
        let is_current = session.id == current;
        session.into_api(is_current)
    });
    Ok(Answer(on_the_wire.collect()))
}

/// Name the device of a session.
#[utoipa::path(patch, path = "/api/sessions/{id}", tag = "sessions", request_body = RenameSession,
    params(("id" = String, Path, description = "The session")), security(("access_token" = [])), responses(
    (status = 200, description = "The session with its new name", body = api::Session),
    (status = 401, description = "As for every caller", body = Problem),
    (status = 404, description = "`not_found`: not one of the caller's live sessions", body = Problem),
    (status = 422, description = "`invalid_input`: the name cannot be taken", body = Problem),
))]
pub async fn rename(
    State(app): State<AppState>,
    caller: Caller,
    SessionPath(session_id): SessionPath,
    Json(form): Json<RenameSession>,
) -> Result<Answer<api::Session>, Error> {
    let typed = form.label.filter(|text| !text.trim().is_empty());
    let label = typed.map(|text| Label::parse(&text).ok_or_else(|| Error::field("label", Label::RULE))).transpose()?;

    let now = app.clock.now();
    let renamed = app.store.rename_session(&session_id, &caller.user_id, label.as_ref(), now).await?;
    let mut session = renamed.ok_or(Error::NotFound)?;
    app.sessions.last_used.apply(&mut session);
    let is_current = session.id == caller.session_id;
    Ok(Answer(session.into_api(is_current)))
}

/// End a session, at once and everywhere. One's own ends as `logged_out`, another one as `revoked`.
#[utoipa::path(delete, path = "/api/sessions/{id}", tag = "sessions",
    params(("id" = String, Path, description = "The session")), security(("access_token" = [])), responses(
    (status = 204, description = "The session and its access tokens are over"),
    (status = 401, description = "As for every caller", body = Problem),
    (status = 404, description = "`not_found`: not one of the caller's live sessions", body = Problem),
))]
pub async fn end(
    State(app): State<AppState>,
    client: Client,
    caller: Caller,
    SessionPath(session_id): SessionPath,
) -> Result<StatusCode, Error> {
    let now = app.clock.now();
    let is_current = session_id == caller.session_id;
    let reason = if is_current { EndReason::LoggedOut } else { EndReason::Revoked };
    let by = (&caller.user_id, &caller.session_id);
    let RevokeOutcome::Ended(ended) = app.store.revoke_session(&session_id, by, reason, &client.actor(), now).await?
    else {
        return Err(over(&app, &caller, now).await);
    };
    if ended.is_empty() {
        return Err(Error::NotFound);
    }
    app.revocations.add(ended);
    Ok(StatusCode::NO_CONTENT)
}

/// End every session but the one that asks.
#[utoipa::path(delete, path = "/api/sessions/others", tag = "sessions", security(("access_token" = [])), responses(
    (status = 200, description = "The other sessions and their access tokens are over", body = EndedCount),
    (status = 401, description = "As for every caller", body = Problem),
))]
pub async fn end_others(
    State(app): State<AppState>,
    client: Client,
    caller: Caller,
) -> Result<Answer<EndedCount>, Error> {
    let (kept, now) = (caller.session_id.clone(), app.clock.now());
    let reason = |id: &SessionId| (*id != kept).then_some(EndReason::Revoked);
    match app.store.revoke_all((&caller.user_id, &kept), reason, &client.actor(), now).await? {
        RevokeOutcome::Ended(ended) => Ok(Answer(take_effect(&app, ended, now))),
        RevokeOutcome::CallerEnded => Err(over(&app, &caller, now).await),
    }
}

/// Log out everywhere, here too: the refresh cookie is cleared.
#[utoipa::path(delete, path = "/api/sessions", tag = "sessions", security(("access_token" = [])), responses(
    (status = 200, description = "All sessions and their access tokens are over", body = EndedCount),
    (status = 401, description = "As for every caller", body = Problem),
))]
pub async fn end_everywhere(
    State(app): State<AppState>,
    client: Client,
    caller: Caller,
) -> Result<impl IntoResponse, Error> {
    let (current, now) = (caller.session_id.clone(), app.clock.now());
    let reason = |id: &SessionId| Some(if *id == current { EndReason::LoggedOut } else { EndReason::Revoked });
    match app.store.revoke_all((&caller.user_id, &current), reason, &client.actor(), now).await? {
        RevokeOutcome::Ended(ended) => {
            Ok((cookies::clear(caller.cookie.as_slice(), &app), Answer(take_effect(&app, ended, now))))
        }
        RevokeOutcome::CallerEnded => Err(over(&app, &caller, now).await),
    }
}

/// Why the caller's own session is over, which it was not when the request was let in.
pub(super) async fn over(app: &AppState, caller: &Caller, now: Moment) -> Error {
    match app.store.session_end(&caller.session_id, now).await {
        Ok(Some(end)) => caller.over(end),
        Ok(None) => Error::Unavailable("a session was not found and has not ended".into()),
        Err(error) => error.into(),
    }
}

/// Refuses the sessions' access tokens from now on, and counts those that were live: a row past its end is nobody's login.
fn take_effect(app: &AppState, ended: Vec<EndedSession>, now: Moment) -> EndedCount {
    let live = ended.iter().filter(|ended| ended.expires_at > now).count();
    app.revocations.add(ended);
    EndedCount { ended: live }
}
