//! The revocation feed, for services that verify access tokens themselves.

use std::time::Duration;

use axum::{
    body::{Body, Bytes},
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderName, header},
};
use doorward_api::Problem;
use serde::Deserialize;

use crate::{http::error::Error, revocation::signed_pages::SignedPage, state::AppState};

/// Maximum duration of a long poll.
pub const MAX_WAIT: Duration = Duration::from_secs(25);

/// While waiting, the freshness of this node is checked this often.
const FRESHNESS_INTERVAL: Duration = Duration::from_secs(1);

/// A page of changes stays valid: the same cursor later yields the same page and the next cursor. So a proxy can serve any
/// number of services.
const CACHE_CHANGES: &str = "public, max-age=60";

/// An empty page and a full snapshot are valid for this second only.
const CACHE_OTHER: &str = "public, max-age=1";

#[derive(Deserialize)]
pub struct FeedQuery {
    after: Option<String>,
}

/// Get the revoked sessions, so that services reject their access tokens: a full snapshot and a cursor or, with a cursor,
/// the changes since then. With a cursor the request waits up to 25 seconds for a change.
///
/// The response is a JWS (RFC 7515) of type `revocations+jwt`, signed with a key of the key set. Its claims are `iss`;
/// `iat`; `after`, the cursor of the request, or null for a full snapshot, because the cursor is unknown here; `cursor`, for
/// the next request; and `revoked`, for each session its ID and the second from which on all its access tokens have expired.
#[utoipa::path(get, path = "/.well-known/revocations", tag = "keys",
    params(("after" = Option<String>, Query, description = "`cursor` of the previous response")), responses(
    (status = 200, description = "The signed page", body = String, content_type = "application/jwt"),
    (status = 503, description = "`unavailable`: this node cannot read revocations; try another one. `busy`: too many \
        pages have not been received by their clients", body = Problem),
))]
pub async fn revocations(
    State(app): State<AppState>,
    query: Result<Query<FeedQuery>, QueryRejection>,
) -> Result<([(HeaderName, &'static str); 2], Body), Error> {
    let feed = app.revocations.feed();
    // A malformed query is treated as an unknown cursor.
    let after = query.ok().and_then(|Query(query)| feed.position(&query.after?));
    if let Some(after) = after {
        wait_for_change(&app, after).await;
    }
    if !app.revocations.is_fresh() {
        return Err(Error::stale_revocations());
    }

    let page = app.signed_pages.page_after(feed, after, app.clock.now()).await;
    let SignedPage { text, is_change } = page.ok_or(Error::Busy)?;
    let cache_control = if is_change { CACHE_CHANGES } else { CACHE_OTHER };
    let headers = [(header::CONTENT_TYPE, "application/jwt"), (header::CACHE_CONTROL, cache_control)];
    Ok((headers, Body::from(Bytes::from_owner(text))))
}

/// Waits for a change, as long as this node is fresh. With too many long polls it returns at once and the service polls
/// again soon: with rejections, an attacker who takes all slots would cut services off.
async fn wait_for_change(app: &AppState, after: u64) {
    let feed = app.revocations.feed();
    // Polling needs no credential: most connections stay free for other requests.
    if feed.waiters() >= app.config.max_connections / 4 {
        return;
    }
    let mut waited = Duration::ZERO;
    while waited < MAX_WAIT && feed.page(Some(after)).end == after && !feed.is_closed() {
        if !app.revocations.is_fresh() || feed.wait(after, FRESHNESS_INTERVAL).await.is_none() {
            return;
        }
        waited += FRESHNESS_INTERVAL;
    }
}
