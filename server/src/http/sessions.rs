//! The caller's sessions: list, label, end.

use std::{collections::HashSet, time::Duration};

use axum::{
    RequestPartsExt,
    extract::{FromRequestParts, Path, State},
    http::{StatusCode, request::Parts},
};
use doorward_api::{self as api, EndReason, EndedCount, Problem, RenameSession};

use super::{
    caller::Caller,
    client_info::ClientInfo,
    cookies::{self, SetCookies},
    json::Json,
    query,
};
use crate::{
    clock::Moment,
    http::{error::Error, invalid_fields::InvalidField},
    login::attempt::Attempt,
    model::{
        session::{Label, Session, SessionId},
        session_end::EndedSession,
    },
    sessions::expiry::{self, Liveness},
    state::AppState,
    store::RevokeOutcome,
};

/// The session in the path. A malformed ID gets the same response as an unknown one.
pub struct SessionPath(SessionId);

impl FromRequestParts<AppState> for SessionPath {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Error> {
        let path: Path<String> = parts.extract().await.map_err(|_| Error::NotFound)?;
        SessionId::parse(&path).map(Self).ok_or(Error::NotFound)
    }
}

/// List the live sessions, newest first.
#[utoipa::path(get, path = "/api/sessions", tag = "sessions", security(("access_token" = [])), responses(
    (status = 200, description = "The sessions; exactly one is `current`", body = [api::Session]),
    (status = 401, description = "No valid credential: see `GET /api/me`", body = Problem),
))]
pub async fn list(State(app): State<AppState>, caller: Caller) -> Result<Json<Vec<api::Session>>, Error> {
    let (now, current) = (app.clock.now(), caller.session_id.clone());
    let sessions = app.store.live_sessions(&caller.user_id, now).await?;
    let mut sessions: Vec<_> = sessions.into_iter().map(|session| app.sessions.current(session, now)).collect();
    // The caller's session is not idle, even if this node has not seen its last use: no token outlives the idle timeout.
    sessions.retain(|session| session.id == current || expiry::liveness(session, now) == Liveness::Active);
    if !sessions.iter().any(|session| session.id == current) {
        return Err(caller_session_ended(&app, &caller, now).await);
    }

    let on_the_wire = sessions.into_iter().map(|session| {
        let is_current = session.id == current;
        session.into_api(is_current)
    });
    Ok(Json(on_the_wire.collect()))
}

/// Set or remove the label of a session.
#[utoipa::path(patch, path = "/api/sessions/{id}", tag = "sessions", request_body = RenameSession,
    params(("id" = String, Path, pattern = "^[A-Za-z0-9_-]{1,64}$", description = "The session")), security(("access_token" = [])), responses(
    (status = 200, description = "The session with its new label", body = api::Session),
    (status = 401, description = "No valid credential: see `GET /api/me`", body = Problem),
    (status = 404, description = "`not_found`: not a live session of the caller", body = Problem),
    (status = 422, description = "`invalid_input`: invalid label", body = Problem),
    (status = 429, description = "`too_many_attempts`: the session has sent too many requests that write", body = Problem),
))]
pub async fn rename(
    State(app): State<AppState>,
    caller: Caller,
    SessionPath(session_id): SessionPath,
    Json(form): Json<RenameSession>,
) -> Result<Json<api::Session>, Error> {
    let text = form.label.filter(|text| !text.trim().is_empty());
    let label =
        text.map(|text| Label::parse(&text).ok_or_else(|| Error::field("label", InvalidField::Label))).transpose()?;

    app.limiter.spend(Attempt::Write { session_id: &caller.session_id }).await?;
    let now = app.clock.now();
    let renamed = app.store.rename_session(&session_id, &caller.user_id, label.as_ref(), now).await?;
    let session = app.sessions.current(renamed.ok_or(Error::NotFound)?, now);
    app.sessions.bar_user(&caller.user_id).await;
    let is_current = session.id == caller.session_id;
    Ok(Json(session.into_api(is_current)))
}

/// End a session and revoke its access tokens, on all nodes. The caller's own ends as `logged_out`, another one as
/// `revoked`.
#[utoipa::path(delete, path = "/api/sessions/{id}", tag = "sessions",
    params(("id" = String, Path, pattern = "^[A-Za-z0-9_-]{1,64}$", description = "The session")), security(("access_token" = [])), responses(
    (status = 204, description = "The session has ended and its access tokens are revoked"),
    (status = 401, description = "No valid credential: see `GET /api/me`", body = Problem),
    (status = 404, description = "`not_found`: not a live session of the caller", body = Problem),
    (status = 429, description = "`too_many_attempts`: the session has sent too many requests that write", body = Problem),
))]
pub async fn end(
    State(app): State<AppState>,
    client: ClientInfo,
    caller: Caller,
    SessionPath(session_id): SessionPath,
) -> Result<StatusCode, Error> {
    app.limiter.spend(Attempt::Write { session_id: &caller.session_id }).await?;
    let now = app.clock.now();
    let is_current = session_id == caller.session_id;
    let reason = if is_current { EndReason::LoggedOut } else { EndReason::Revoked };
    let by = (&caller.user_id, &caller.session_id);
    let RevokeOutcome::Ended(ended) = app.store.revoke_session(&session_id, by, reason, &client.actor(), now).await?
    else {
        return Err(caller_session_ended(&app, &caller, now).await);
    };
    if ended.is_empty() {
        return Err(Error::NotFound);
    }
    app.revocations.add(ended).await;
    Ok(StatusCode::NO_CONTENT)
}

/// The sessions that `unused_since` leaves alone: those used at that moment or later.
pub struct UnusedSince(Option<Moment>);

impl FromRequestParts<AppState> for UnusedSince {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Error> {
        let invalid = || Error::field("unused_since", InvalidField::Moment);
        let [since] = query::parameters(parts, ["unused_since"]).await.map_err(|_| invalid())?;
        Ok(Self(since.map(|text| Moment::parse(&text).ok_or_else(invalid)).transpose()?))
    }
}

/// End all sessions but the caller's or, of these, the ones that have not been used since a moment.
#[utoipa::path(delete, path = "/api/sessions/others", tag = "sessions", security(("access_token" = [])),
    params(("unused_since" = Option<String>, Query, format = DateTime, description = "Keep the sessions used at this moment or later. With several nodes, sessions used up to a hundredth of their idle timeout earlier are kept, too")), responses(
    (status = 200, description = "The other sessions have ended and their access tokens are revoked", body = EndedCount),
    (status = 401, description = "No valid credential: see `GET /api/me`", body = Problem),
    (status = 422, description = "`invalid_input`: `unused_since` is not a time in RFC 3339", body = Problem),
    (status = 429, description = "`too_many_attempts`: the session has sent too many requests that write", body = Problem),
))]
pub async fn end_others(
    State(app): State<AppState>,
    client: ClientInfo,
    caller: Caller,
    UnusedSince(since): UnusedSince,
) -> Result<Json<EndedCount>, Error> {
    let unused = match since {
        Some(since) => Some(unused_sessions(&app, &caller, since).await?),
        None => None,
    };
    let is_affected = |id: &SessionId| unused.as_ref().is_none_or(|unused| unused.contains(id));
    let reason = |id: &SessionId| (*id != caller.session_id && is_affected(id)).then_some(EndReason::Revoked);
    revoke_all(&app, &client, &caller, reason).await
}

async fn unused_sessions(app: &AppState, caller: &Caller, since: Moment) -> Result<HashSet<SessionId>, Error> {
    let now = app.clock.now();
    let sessions = app.store.live_sessions(&caller.user_id, now).await?;
    let sessions = sessions.into_iter().map(|session| app.sessions.current(session, now));
    // Other nodes may hold back later uses.
    let held_back = |session: &Session| {
        if app.store.is_shared() { session.write_interval() + expiry::MAX_WRITE_LAG } else { Duration::ZERO }
    };
    let unused = sessions.filter(|session| session.last_used_at.plus(held_back(session)) < since);
    Ok(unused.map(|session| session.id).collect())
}

/// End all sessions, the caller's included, and clear the credential cookies.
#[utoipa::path(delete, path = "/api/sessions", tag = "sessions", security(("access_token" = [])), responses(
    (status = 200, description = "All sessions have ended and their access tokens are revoked", body = EndedCount),
    (status = 401, description = "No valid credential: see `GET /api/me`", body = Problem),
    (status = 429, description = "`too_many_attempts`: the session has sent too many requests that write", body = Problem),
))]
pub async fn end_everywhere(
    State(app): State<AppState>,
    client: ClientInfo,
    caller: Caller,
) -> Result<(SetCookies, Json<EndedCount>), Error> {
    let is_current = |id: &SessionId| *id == caller.session_id;
    let reason = |id: &SessionId| Some(if is_current(id) { EndReason::LoggedOut } else { EndReason::Revoked });
    let ended = revoke_all(&app, &client, &caller, reason).await?;
    Ok((cookies::clear(caller.cookie.as_slice(), &app), ended))
}

/// Ends the user's sessions, each for its `reason`; those without one stay. Only live sessions are counted: expired ones
/// may not be recorded as such yet.
async fn revoke_all(
    app: &AppState,
    client: &ClientInfo,
    caller: &Caller,
    reason: impl Fn(&SessionId) -> Option<EndReason> + Send,
) -> Result<Json<EndedCount>, Error> {
    app.limiter.spend(Attempt::Write { session_id: &caller.session_id }).await?;
    let now = app.clock.now();
    let by = (&caller.user_id, &caller.session_id);
    let RevokeOutcome::Ended(ended) = app.store.revoke_all(by, reason, &client.actor(), now).await? else {
        return Err(caller_session_ended(app, caller, now).await);
    };
    let live = |ended: &&EndedSession| ended.expires_at > now;
    let count = EndedCount { ended: ended.iter().filter(live).count() };
    app.revocations.add(ended).await;
    Ok(Json(count))
}

/// The error when the caller's session has ended since the caller was authenticated.
pub(super) async fn caller_session_ended(app: &AppState, caller: &Caller, now: Moment) -> Error {
    match app.store.session_end(&caller.session_id, now).await {
        Ok(Some(end)) => caller.session_ended(end),
        Ok(None) => Error::Unavailable("the caller's session is missing, although it has not ended".into()),
        Err(error) => error.into(),
    }
}
