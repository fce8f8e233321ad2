//! The list of users, for administrators.

use axum::extract::State;
use doorward_api::{Problem, UserList};

use super::{
    json::Json,
    pagination::{Before, READ_LIMIT, page},
    role::{Admin, CallerWith},
};
use crate::{http::error::Error, model::user::UserId, state::AppState};

/// List all users, newest first.
#[utoipa::path(get, path = "/api/admin/users", tag = "admin", security(("access_token" = [])),
    params(("before" = Option<String>, Query, pattern = "^[0-9]{1,15}-[A-Za-z0-9]{1,64}$", description = "`before` from the previous page")), responses(
    (status = 200, description = "One page of users", body = UserList),
    (status = 401, description = "No valid credential: see `GET /api/me`", body = Problem),
    (status = 403, description = "`forbidden`: the caller lacks the role `admin`", body = Problem),
    (status = 422, description = "`invalid_input`: `before` is not a cursor", body = Problem),
))]
pub async fn users(
    State(app): State<AppState>,
    _: CallerWith<Admin>,
    Before(before): Before<UserId>,
) -> Result<Json<UserList>, Error> {
    let users = app.store.users_before(&before, READ_LIMIT, app.clock.now()).await?;
    let (users, before) = page(users, |user| user.cursor().to_string());
    Ok(Json(UserList { users: users.into_iter().map(Into::into).collect(), before }))
}
