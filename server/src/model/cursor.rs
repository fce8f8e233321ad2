//! Cursors for seek pagination: unlike offsets, they stay correct when entries are inserted between two pages.

use std::fmt::{self, Display};

use crate::clock::Moment;

/// The position of an entry, ordered by time and then by id.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Cursor<Id> {
    pub at: Moment,
    pub id: Id,
}

impl<Id: From<String>> Cursor<Id> {
    /// Behind every entry.
    pub fn end() -> Self {
        Self { at: Moment(i64::MAX), id: String::new().into() }
    }

    /// Before every entry at `moment`.
    pub fn before(moment: Moment) -> Self {
        Self { at: moment, id: String::new().into() }
    }

    /// Parses the text written by [`Display`].
    pub fn parse(text: &str) -> Option<Self> {
        let (moment, id) = text.split_once('-')?;
        let is_id = (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        Some(Self { at: Moment(moment.parse().ok()?), id: is_id.then(|| id.to_owned())?.into() })
    }
}

impl<Id: Display> Display for Cursor<Id> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.at.0, self.id)
    }
}
