//! Whether this node may speak for Doorward at all: a node that was away, or whose master secret was replaced, says so.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{http::error::Error, keys::bootstrap, state::AppState};

/// With a secret that was replaced, nothing is answered to anybody's program: to refuse refresh tokens of the newer one
/// would log people out, and the keys are retired. And no grant is given by a node that has not looked lately: its key may be retired.
pub async fn only_if_fit(State(app): State<AppState>, request: Request, next: Next) -> Response {
    match check(&app, request.uri().path()).await {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

async fn check(app: &AppState, path: &str) -> Result<(), Error> {
    let is_for_programs = path.starts_with("/api/") || path.starts_with("/.well-known/");
    if is_for_programs && app.key_ring.is_secret_superseded() {
        return Err(Error::Unavailable(bootstrap::SECRET_SUPERSEDED.into()));
    }
    let is_grant = ["/api/auth/login", "/api/auth/register", "/api/auth/refresh"].contains(&path);
    if is_grant && !app.revocations.wait_until_fresh().await {
        return Err(Error::Unavailable("the keys and the ends of sessions cannot be read".into()));
    }
    Ok(())
}
