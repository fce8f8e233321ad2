//! Pagination by seek: `?before=<cursor>`, with the cursor from the previous page.

use axum::{extract::FromRequestParts, http::request::Parts};

use super::query;
use crate::{
    http::{error::Error, invalid_fields::InvalidField},
    model::cursor::Cursor,
    state::AppState,
};

const PAGE_SIZE: u16 = 50;

/// Entries to read from the store: one more than a page shows whether there is another page.
pub const READ_LIMIT: i64 = PAGE_SIZE as i64 + 1;

/// The position before which the page begins; the end of the list if the request names none.
pub struct Before<Id>(pub Cursor<Id>);

impl<Id: From<String>> FromRequestParts<AppState> for Before<Id> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Error> {
        let [before] = query::parameters(parts, ["before"]).await.map_err(|_| invalid_cursor())?;
        cursor(before).map(Self)
    }
}

/// The cursor in the parameter `before`.
pub fn cursor<Id: From<String>>(before: Option<String>) -> Result<Cursor<Id>, Error> {
    before.map_or_else(|| Ok(Cursor::end()), |text| Cursor::parse(&text).ok_or_else(invalid_cursor))
}

pub fn invalid_cursor() -> Error {
    Error::field("before", InvalidField::Cursor)
}

/// Truncates the entries to one page, and returns it with `before` for the next one.
pub fn page<T>(mut entries: Vec<T>, cursor: impl Fn(&T) -> String) -> (Vec<T>, Option<String>) {
    let has_more = entries.len() > usize::from(PAGE_SIZE);
    entries.truncate(PAGE_SIZE.into());
    let before = entries.last().filter(|_| has_more).map(cursor);
    (entries, before)
}
