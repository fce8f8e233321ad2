//! Health and readiness, for the operator.

use axum::{extract::State, http::header, response::IntoResponse};
use doorward_api::Problem;

use crate::{http::error::Error, keys::bootstrap, state::AppState};

/// Check that the process is alive.
#[utoipa::path(get, path = "/healthz", operation_id = "alive", tag = "operation", responses((status = 200, description = "Alive", body = String)))]
pub async fn health() -> &'static str {
    "alive\n"
}

/// Check that requests can be served.
#[utoipa::path(get, path = "/readyz", operation_id = "ready", tag = "operation", responses(
    (status = 200, description = "Ready: a write to the database has succeeded within the last second", body = String),
    (status = 503, description = "`unavailable`: the database rejects writes, its file is missing, revocations cannot be read, or the \
        master secret has been replaced", body = Problem),
))]
pub async fn readiness(State(app): State<AppState>) -> Result<impl IntoResponse, Error> {
    check_readiness(&app).await?;
    Ok(([(header::CACHE_CONTROL, "no-store")], "ready\n"))
}

pub async fn check_readiness(app: &AppState) -> Result<(), Error> {
    app.readiness.check().await.map_err(|cause| Error::Unavailable(cause.into()))?;
    if app.key_ring.is_secret_superseded() {
        return Err(Error::Unavailable(bootstrap::SECRET_SUPERSEDED.into()));
    }
    if app.revocations.is_fresh() { Ok(()) } else { Err(Error::stale_revocations()) }
}
