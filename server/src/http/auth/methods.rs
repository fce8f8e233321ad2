//! What this server offers, for pages of other applications.

use axum::extract::State;
use doorward_api::AuthMethods;

use crate::{http::json::Json, state::AppState};

/// Get how accounts can be created and opened here. It is the same for everyone, and says nothing about any account.
#[utoipa::path(get, path = "/api/auth/methods", tag = "auth", responses(
    (status = 200, description = "What this server offers", body = AuthMethods),
))]
pub async fn methods(State(app): State<AppState>) -> Json<AuthMethods> {
    Json(AuthMethods { registration: app.config.registration, mail: app.mailer.is_on(), passkeys: false })
}
