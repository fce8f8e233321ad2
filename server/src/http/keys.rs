//! The public keys, for every service that checks access tokens by itself.

use axum::{
    Json,
    extract::State,
    http::{HeaderName, header},
};
use doorward_verify::Jwks;

use crate::state::AppState;

/// Seconds for which services and proxies may keep the key set.
const KEPT: &str = "public, max-age=300";

/// Publish the keys that access tokens are checked with (JWK Set, RFC 7517).
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "keys", responses(
    (status = 200, description = "Ed25519 public keys, each with `kid`, `alg` and `use`", body = Object),
))]
pub async fn jwks(State(app): State<AppState>) -> ([(HeaderName, &'static str); 1], Json<Jwks>) {
    ([(header::CACHE_CONTROL, KEPT)], Json(app.key_ring.current().public.clone()))
}
