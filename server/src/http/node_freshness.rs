//! 503 for logins and refreshes while this node is out of sync with the others: it could sign with a retired key.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::error::Error;
use crate::state::AppState;

/// Rejects requests for a token response while the last poll of the database is too old.
pub async fn require_fresh_node(State(app): State<AppState>, request: Request, next: Next) -> Response {
    if !app.revocations.wait_until_fresh().await {
        return Error::Unavailable("keys and revocations are stale: the database cannot be read".into())
            .into_response();
    }
    next.run(request).await
}
