//! JWKS: the public keys, for services that verify access tokens themselves.

use axum::{
    Json,
    extract::State,
    http::{HeaderName, header},
};
use doorward_verify::Jwks;

use crate::{keys::schedule::KeySchedule, state::AppState};

/// Get the public keys that verify access tokens (JWK Set, RFC 7517).
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "keys", responses(
    (status = 200, description = "Ed25519 public keys, each with `kid`, `alg` and `use`", body = Object),
))]
pub async fn jwks(State(app): State<AppState>) -> ([(HeaderName, String); 1], Json<Jwks>) {
    // A node that has not polled the database recently may lack the newest key: its response must not be cached.
    let is_fresh = app.revocations.wait_until_fresh().await;
    let max_age = if is_fresh { KeySchedule(app.config.key_lifetime).jwks_max_age().as_secs() } else { 1 };
    ([(header::CACHE_CONTROL, format!("public, max-age={max_age}"))], Json(app.key_ring.current().jwks.clone()))
}
