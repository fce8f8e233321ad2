//! The removal of all second factors of a user who has lost them, for administrators.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};
use doorward_api::{FactorReset, Problem};

use super::{
    json::Json,
    role::{Admin, CallerWith},
    sessions,
    step_up::Recent,
    users::{UserPath, begin},
};
use crate::{
    http::{error::Error, language::LanguagePreference},
    state::AppState,
    store::FactorResetOutcome,
    users::factor_reset,
};

/// Remove all second factors of a user who has lost them: passkeys, authenticator app and recovery codes.
///
/// It happens after `factor_reset_delay`, and ends all sessions of the user, who can stop it with the link in a mail until then.
#[utoipa::path(post, path = "/api/admin/users/{id}/reset-second-factor", operation_id = "reset_second_factor", tag = "admin", security(("access_token" = [])),
    params(("id" = String, Path, pattern = "^[A-Za-z0-9]{1,64}$", description = "The user")), responses(
    (status = 202, description = "They are removed at `effective_at`, or have been removed", body = FactorReset),
    (status = 401, description = "`step_up_required`: call `POST /api/auth/confirm` first; no valid credential: see `GET /api/me`", body = Problem),
    (status = 403, description = "`forbidden`: the caller lacks the role `admin`; `cross_site_request`", body = Problem),
    (status = 404, description = "`not_found`: no such user, or one without a second factor", body = Problem),
    (status = 429, description = "`too_many_attempts`: the session has sent too many requests that write", body = Problem),
))]
pub async fn reset_second_factor(
    State(app): State<AppState>,
    headers: HeaderMap,
    CallerWith { caller, .. }: CallerWith<(Admin, Recent)>,
    UserPath(id): UserPath,
) -> Result<(StatusCode, Json<FactorReset>), Error> {
    let (actor, now) = (begin(&app, &caller).await?, app.clock.now());
    let user = app.store.user(&id).await?.ok_or(Error::NotFound)?;
    let language = LanguagePreference::of(&app.config, &headers).language();
    let reset = factor_reset::new(Some(&app.notices()), &user, app.config.factor_reset_delay, language, now);
    match app.store.ask_factor_reset(&id, &reset, &actor, now).await? {
        FactorResetOutcome::Asked { effective_at, ended } => {
            app.revocations.add(ended).await;
            Ok((StatusCode::ACCEPTED, Json(FactorReset { effective_at: effective_at.into() })))
        }
        FactorResetOutcome::NothingToReset => Err(Error::NotFound),
        FactorResetOutcome::CallerEnded => Err(sessions::caller_session_ended(&app, &caller, now).await),
    }
}
