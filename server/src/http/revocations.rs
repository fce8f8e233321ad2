//! The feed of revocations, for every service that checks access tokens by itself.

use std::time::Duration;

use axum::{
    body::{Body, Bytes},
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderName, header},
};
use doorward_api::Problem;
use serde::Deserialize;

use crate::{http::error::Error, revocation::signed_pages::SignedPage, state::AppState};

/// How long one waits for something new.
pub const LONGEST_WAIT: Duration = Duration::from_secs(25);

/// While waiting, this often it is asked whether this node knows what it says.
const LOOKING: Duration = Duration::from_secs(1);

/// A change stays what it is: whoever asks with the same cursor later finds the next cursor in it. So a proxy can answer
/// any number of services. That nothing has changed, and everything there is, is news of this second.
const KEPT_CHANGE: &str = "public, max-age=60";
const KEPT: &str = "public, max-age=1";

/// Where to go on.
#[derive(Deserialize)]
pub struct Place {
    after: Option<String>,
}

/// Tell services which sessions have ended, so that they refuse their access tokens: all that still matters and a cursor,
/// or, after a cursor, what has come since; that waits up to 25 seconds for something new.
///
/// A signed document: a JWS (RFC 7515) of type `revocations+jwt`, signed with a key of the key set. Its claims are `iss`;
/// `iat`; `after`, the cursor that was asked for, or null where it holds everything, because the cursor was not known here;
/// `cursor`, to go on with; and `revoked`, of each session its id and the second from which on nobody needs to remember it.
#[utoipa::path(get, path = "/.well-known/revocations", tag = "keys",
    params(("after" = Option<String>, Query, description = "`cursor` of the document before")), responses(
    (status = 200, description = "The signed document", body = String, content_type = "application/jwt"),
    (status = 503, description = "`unavailable`: this node cannot tell right now, ask another one", body = Problem),
))]
pub async fn revocations(
    State(app): State<AppState>,
    place: Result<Query<Place>, QueryRejection>,
) -> Result<([(HeaderName, &'static str); 2], Body), Error> {
    let feed = app.revocations.feed();
    // What cannot be read is no cursor of ours, either.
    let after = place.ok().and_then(|Query(place)| feed.position(&place.after?));
    if let Some(after) = after {
        wait(&app, after).await;
    }
    if !app.revocations.is_fresh() {
        return Err(Error::Unavailable("the ends of sessions cannot be read".into()));
    }
    let SignedPage { text, is_change } = app.signed_pages.page_after(feed, after, app.clock.now()).await;
    let kept = if is_change { KEPT_CHANGE } else { KEPT };
    let headers = [(header::CONTENT_TYPE, "application/jwt"), (header::CACHE_CONTROL, kept)];
    Ok((headers, Body::from(Bytes::from_owner(text))))
}

/// Waits for something new; not on a node that does not know whether there is. Whoever finds no place to wait is answered at
/// once, and asks again soon: to refuse them would let strangers who take all places cut services off.
async fn wait(app: &AppState, after: u64) {
    let feed = app.revocations.feed();
    let mut waited = Duration::ZERO;
    while waited < LONGEST_WAIT && feed.page(Some(after)).end == after && !feed.is_closed() {
        if !app.revocations.is_fresh() || feed.wait(after, LOOKING).await.is_none() {
            return;
        }
        waited += LOOKING;
    }
}
