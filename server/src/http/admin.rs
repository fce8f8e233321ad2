//! For whoever looks after the accounts.

use axum::{
    Json as Answer,
    extract::{Query, State, rejection::QueryRejection},
};
use doorward_api::{Problem, UserList};
use serde::Deserialize;

use super::role::{Admin, CallerWith};
use crate::{http::error::Error, model::cursor::Cursor, model::user::UserId, state::AppState};

/// People in one answer.
const PAGE: usize = 50;

/// Where the page begins.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    before: Option<String>,
}

/// List everybody with an account, the newest first.
#[utoipa::path(get, path = "/api/admin/users", tag = "admin", security(("access_token" = [])),
    params(("before" = Option<String>, Query, description = "`before` of the page that came first")), responses(
    (status = 200, description = "A page of people", body = UserList),
    (status = 401, description = "As for every caller", body = Problem),
    (status = 403, description = "`forbidden`: the caller lacks the role `admin`", body = Problem),
    (status = 422, description = "`invalid_input`: `before` is none of ours", body = Problem),
))]
pub async fn users(
    State(app): State<AppState>,
    _: CallerWith<Admin>,
    page: Result<Query<Page>, QueryRejection>,
) -> Result<Answer<UserList>, Error> {
    let not_ours = || Error::field("before", "Send what the page before has said, or nothing.");
    let Query(page) = page.map_err(|_| not_ours())?;
    let before = page.before.map(|text| Cursor::<UserId>::parse(&text).ok_or_else(not_ours)).transpose()?;

    // One more than fits: whether there are more.
    let most = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut users = app.store.users_before(&before.unwrap_or_else(Cursor::end), most, app.clock.now()).await?;
    let has_more = users.len() > PAGE;
    users.truncate(PAGE);
    let before = users.last().filter(|_| has_more).map(|last| last.cursor().to_string());
    Ok(Answer(UserList { users: users.into_iter().map(Into::into).collect(), before }))
}
