//! Pushes the end of a session to its open tabs.

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::State,
    http::{HeaderName, header},
    response::{
        IntoResponse,
        sse::{Event, KeepAlive, Sse},
    },
};
use doorward_api::{EndedSession, Problem};
use futures::{StreamExt, stream};
use tokio::time::timeout;

use super::caller::Caller;
use crate::{
    http::error::Error,
    model::{session::SessionId, session_end::SessionEnd},
    revocation::{set::RevocationStatus, subscribers::Subscription},
    sessions::expiry,
    state::AppState,
};

/// Proxies close connections on which nothing moves, many after a minute, some after 30 seconds.
const SIGN_OF_LIFE: Duration = Duration::from_secs(15);

/// Too many tabs: one of them has to be closed, and that takes a person a while.
const COME_BACK: Duration = Duration::from_mins(1);

/// After a look at a session that should have been over, and was not or could not be seen.
const AGAIN: Duration = Duration::from_secs(1);

/// Wait for the end of this session: one `session-ended` with its reason, at once and from wherever it is ended; then the
/// stream ends. Comments keep the connection alive.
///
/// A stream that ends without an event says nothing about the session: open it again.
#[utoipa::path(get, path = "/api/sessions/events", tag = "sessions", security(("access_token" = [])), responses(
    (status = 200, description = "`session-ended`, with this as its data", body = EndedSession,
        content_type = "text/event-stream"),
    (status = 401, description = "As for every caller", body = Problem),
    (status = 429, description = "`too_many_attempts`: the person has 20 streams open", body = Problem),
))]
pub async fn events(State(app): State<AppState>, caller: Caller) -> Result<impl IntoResponse, Error> {
    let session_id = caller.session_id.clone();
    let too_many = Error::TooManyAttempts { retry_after: COME_BACK };
    let place = app.subscribers.subscribe(caller.user_id.clone(), session_id.clone()).ok_or(too_many)?;

    // Only now that nothing can be missed: it may have ended since the caller was checked.
    let over = match app.revocations.check(&session_id) {
        RevocationStatus::Ended(end) => Some(end),
        RevocationStatus::Live | RevocationStatus::Unavailable => None,
    };
    let left = expiry::time_left(&app.sessions, &session_id).await?;

    let event = stream::once(wait(app, place, over, left, session_id)).flat_map(stream::iter);
    let stream = Sse::new(event.map(Ok::<_, Infallible>)).keep_alive(KeepAlive::new().interval(SIGN_OF_LIFE));
    // The second is for nginx, which would keep the event until there are more.
    let headers = [(header::CACHE_CONTROL, "no-store"), (HeaderName::from_static("x-accel-buffering"), "no")];
    Ok((headers, stream))
}

/// Whether the session is over, and when to look again if it is not.
async fn look(app: &AppState, session_id: &SessionId) -> Result<(Option<SessionEnd>, Duration), sqlx::Error> {
    Ok((
        expiry::end_of(&app.sessions, session_id, app.clock.now()).await?,
        expiry::time_left(&app.sessions, session_id).await?,
    ))
}

/// The end of the session, however it comes; `None` when the server stops first.
async fn wait(
    app: AppState,
    mut place: Subscription,
    mut over: Option<SessionEnd>,
    mut left: Duration,
    session_id: SessionId,
) -> Option<Event> {
    let end = loop {
        if let Some(end) = over {
            break end;
        }
        if let Ok(told) = timeout(left, place.wait()).await {
            break told?.end;
        }
        // By now it is over, unless it was used meanwhile or the clock was set back.
        // Boxed, so that a stream that waits does not hold the room for it.
        (over, left) = match Box::pin(look(&app, &session_id)).await {
            Ok((over, left)) => (over, left.max(AGAIN)),
            // Others say in the log that the database is away. The session is as it was, as far as anybody knows.
            Err(_) => (None, AGAIN),
        };
    };
    let data = EndedSession { session: session_id.0, reason: end.reason, ended: end.to_api() };
    Event::default().event("session-ended").json_data(data).ok()
}
