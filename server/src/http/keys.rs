//! The public keys, for every service that checks access tokens by itself.

use axum::{
    Json,
    extract::State,
    http::{HeaderName, header},
};
use doorward_verify::Jwks;

use crate::{keys::schedule::KeySchedule, state::AppState};

/// Publish the keys that access tokens are checked with (JWK Set, RFC 7517).
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "keys", responses(
    (status = 200, description = "Ed25519 public keys, each with `kid`, `alg` and `use`", body = Object),
))]
pub async fn jwks(State(app): State<AppState>) -> ([(HeaderName, String); 1], Json<Jwks>) {
    // A node that was away may not have the newest key: nobody is to keep that.
    let is_fresh = app.revocations.wait_until_fresh().await;
    let kept = if is_fresh { KeySchedule(app.config.key_lifetime).jwks_max_age().as_secs() } else { 1 };
    ([(header::CACHE_CONTROL, format!("public, max-age={kept}"))], Json(app.key_ring.current().jwks.clone()))
}
