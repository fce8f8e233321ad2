//! The audit events of the caller's account.

use axum::extract::State;
use doorward_api::{Activity, Problem};

use super::{
    caller::Caller,
    json::Json,
    pagination::{Before, READ_LIMIT, page},
};
use crate::{http::error::Error, state::AppState};

/// List the audit events of the account, newest first, as far back as they are kept (`events_kept`).
#[utoipa::path(get, path = "/api/activity", operation_id = "activity", tag = "account", security(("access_token" = [])),
    params(("before" = Option<String>, Query, pattern = "^[0-9]{1,15}-[A-Za-z0-9]{1,64}$", description = "`before` from the previous page")), responses(
    (status = 200, description = "One page of audit events", body = Activity),
    (status = 401, description = "No valid credential: see `GET /api/me`", body = Problem),
    (status = 422, description = "`invalid_input`: `before` is not a cursor", body = Problem),
))]
pub async fn audit_events(
    State(app): State<AppState>,
    caller: Caller,
    Before(before): Before<String>,
) -> Result<Json<Activity>, Error> {
    // The cleanup deletes older events, but not at once.
    let since = app.clock.now().minus(app.config.events_kept);
    let events = app.store.events(&caller.user_id, &before, since, READ_LIMIT).await?;
    let (events, before) = page(events, |event| event.cursor.to_string());
    Ok(Json(Activity { events: events.into_iter().map(Into::into).collect(), before }))
}
