//! For whoever operates the server.

use axum::{extract::State, http::header, response::IntoResponse};
use doorward_api::Problem;

use crate::{http::error::Error, keys::bootstrap, state::AppState};

/// Say that the process is alive.
#[utoipa::path(get, path = "/healthz", tag = "operation", responses((status = 200, description = "Alive", body = String)))]
pub async fn alive() -> &'static str {
    "alive\n"
}

/// Say whether requests can be served.
#[utoipa::path(get, path = "/readyz", tag = "operation", responses(
    (status = 200, description = "A write to the database has arrived within the last second", body = String),
    (status = 503, description = "`unavailable`: the database does not take writes or its file is gone, the ends of sessions cannot be read \
        from it, or the master secret was replaced", body = Problem),
))]
pub async fn ready(State(app): State<AppState>) -> Result<impl IntoResponse, Error> {
    app.readiness.check().await.map_err(|cause| Error::Unavailable(cause.into()))?;
    if app.key_ring.is_secret_superseded() {
        return Err(Error::Unavailable(bootstrap::SECRET_SUPERSEDED.into()));
    }
    if !app.revocations.is_fresh() {
        return Err(Error::Unavailable("the ends of sessions cannot be read".into()));
    }
    Ok(([(header::CACHE_CONTROL, "no-store")], "ready\n"))
}
