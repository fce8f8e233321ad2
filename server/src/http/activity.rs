//! What happened to the caller's account.

use axum::{
    Json as Answer,
    extract::{Query, State, rejection::QueryRejection},
};
use doorward_api::{Activity, Problem};
use serde::Deserialize;

use super::caller::Caller;
use crate::{http::error::Error, model::cursor::Cursor, state::AppState};

/// Events in one answer.
const PAGE: usize = 50;

/// Where the page begins.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    before: Option<String>,
}

/// Show what happened to the account, newest first, as long as events are kept.
#[utoipa::path(get, path = "/api/activity", tag = "account", security(("access_token" = [])),
    params(("before" = Option<String>, Query, description = "`before` of the page that came first")), responses(
    (status = 200, description = "A page of events", body = Activity),
    (status = 401, description = "As for every caller", body = Problem),
    (status = 422, description = "`invalid_input`: `before` is none of ours", body = Problem),
))]
pub async fn activity(
    State(app): State<AppState>,
    caller: Caller,
    page: Result<Query<Page>, QueryRejection>,
) -> Result<Answer<Activity>, Error> {
    let not_ours = || Error::field("before", "Send what the page before has said, or nothing.");
    let Query(page) = page.map_err(|_| not_ours())?;
    let before = page.before.map(|text| Cursor::parse(&text).ok_or_else(not_ours)).transpose()?;

    let since = app.clock.now().minus(app.config.events_kept);
    // One more than fits: whether there are more.
    let most = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut events = app.store.events(&caller.user_id, &before.unwrap_or_else(Cursor::end), since, most).await?;
    let has_more = events.len() > PAGE;
    events.truncate(PAGE);
    let before = events.last().filter(|_| has_more).map(|last| last.cursor.to_string());
    Ok(Answer(Activity { events: events.into_iter().map(Into::into).collect(), before }))
}
