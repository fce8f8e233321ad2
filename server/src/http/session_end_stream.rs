//! Server-sent events (SSE): pushes the end of a session to its open tabs.

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::State,
    http::{HeaderName, header},
    response::{
        IntoResponse,
        sse::{Event, KeepAlive, Sse},
    },
};
use doorward_api::{EndReason, EndedSession, Problem};
use futures::{StreamExt, stream};
use tokio::time::timeout;

use super::caller::Caller;
use crate::{
    http::error::Error,
    model::{session::SessionId, session_end::SessionEnd},
    revocation::{
        set::RevocationStatus,
        subscribers::{SubscribeError, Subscription},
    },
    sessions::expiry,
    state::AppState,
};

/// Proxies close idle connections, many after a minute, some after 30 seconds.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// `Retry-After` when a user has too many streams: closing a tab takes a while.
const RETRY_AFTER: Duration = Duration::from_mins(1);

/// Minimum time between two checks for expiry.
const MIN_RECHECK: Duration = Duration::from_secs(1);

/// The same while the clock is in doubt, which can take an hour.
const DOUBT_RECHECK: Duration = Duration::from_secs(10);

/// Wait for the end of this session: one event `session-ended`, as soon as the session ends for any reason. Then the
/// stream ends. Comments keep the connection alive.
///
/// If the stream ends without an event, the session may still be live: connect again.
#[utoipa::path(get, path = "/api/sessions/events", operation_id = "events", tag = "sessions", security(("access_token" = [])), responses(
    (status = 200, description = "The data of the event `session-ended`", body = EndedSession,
        content_type = "text/event-stream"),
    (status = 401, description = "No valid credential: see `GET /api/me`", body = Problem),
    (status = 429, description = "`too_many_attempts`: the user has 20 open streams, and none of another session that has more of them", body = Problem),
    (status = 503, description = "`busy`: the server has too many open streams", body = Problem),
))]
pub async fn session_end_stream(State(app): State<AppState>, caller: Caller) -> Result<impl IntoResponse, Error> {
    let session_id = caller.session_id.clone();
    let subscription = app.subscribers.subscribe(caller.user_id.clone(), session_id.clone())?;

    // After the subscription, so that no end is missed: the session may have ended since the caller was authenticated.
    let end = match app.revocations.check(&session_id) {
        RevocationStatus::Ended(end) => Some(end),
        RevocationStatus::Rotated => return Err(Error::TokenInvalid),
        RevocationStatus::Live | RevocationStatus::Unavailable => None,
    };
    let time_left = expiry::time_left(&app.sessions, &session_id).await?;

    let event = stream::once(wait_for_end(app, subscription, end, time_left, session_id)).flat_map(stream::iter);
    let stream = Sse::new(event.map(Ok::<_, Infallible>)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
    // nginx would buffer the event.
    let headers = [(header::CACHE_CONTROL, "no-store"), (HeaderName::from_static("x-accel-buffering"), "no")];
    Ok((headers, stream))
}

impl From<SubscribeError> for Error {
    fn from(error: SubscribeError) -> Self {
        match error {
            SubscribeError::User => Self::TooManyAttempts { retry_after: RETRY_AFTER },
            SubscribeError::Total => Self::Busy,
        }
    }
}

/// The event, once the session is ended or expires; `None` if the server shuts down first, or the session is rotated.
async fn wait_for_end(
    app: AppState,
    mut subscription: Subscription,
    mut end: Option<SessionEnd>,
    mut time_left: Duration,
    session_id: SessionId,
) -> Option<Event> {
    let end = loop {
        if let Some(end) = end {
            break end;
        }
        if let Ok(ended) = timeout(time_left, subscription.wait()).await {
            break ended?.end;
        }
        // Expired by now, unless it was used in the meantime or the clock was set back.
        // Boxed, so that a waiting stream does not hold the memory of this future.
        (end, time_left) = match Box::pin(check_expiry(&app, &session_id)).await {
            Ok((end, time_left)) => (end, time_left.max(MIN_RECHECK)),
            // Not logged: background jobs log that the database is unavailable.
            Err(_) => (None, MIN_RECHECK),
        };
    };
    let data = EndedSession { session: session_id.0, reason: end.reason, ended: end.to_api() };
    Event::default().event("session-ended").json_data(data).ok()
}

/// How the session ended, or the time until the next check.
async fn check_expiry(app: &AppState, session_id: &SessionId) -> Result<(Option<SessionEnd>, Duration), sqlx::Error> {
    let end = expiry::end_of(&app.sessions, session_id, app.clock.now()).await?;
    let time_left = expiry::time_left(&app.sessions, session_id).await?;
    // An expiry that is not recorded is not certain: the clock may be wrong, and the session live.
    let is_timeout = |end: &SessionEnd| matches!(end.reason, EndReason::Expired | EndReason::Idle);
    let end = end.filter(|end| end.at.is_some() || !is_timeout(end));
    let is_doubtful = end.is_none() && time_left <= expiry::MAX_WRITE_LAG && !app.sessions.clock_trust.is_trusted();
    Ok((end, if is_doubtful { DOUBT_RECHECK } else { time_left }))
}
