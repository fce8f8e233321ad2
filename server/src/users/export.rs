//! Writes everything about a user as one JSON document, page by page, so that an account of any size takes the same memory.

use std::mem;

use doorward_api::{self as api, Timestamp};
use serde::Serialize;

use crate::{
    clock::Moment,
    model::{
        cursor::Cursor,
        session::SessionId,
        user::{User, UserId},
    },
    store::Store,
};

/// Entries per query.
const PAGE_SIZE: i64 = 500;

/// An [`api::AccountExport`] that is being written.
pub struct AccountExport {
    store: Store,
    user_id: UserId,
    now: Moment,
    next: Part,
    /// Whether the present list has an entry already.
    has_entries: bool,
}

/// What is written next.
enum Part {
    Account(Box<api::ExportedAccount>),
    Sessions(Cursor<SessionId>),
    Events(Cursor<String>),
    Passkeys,
    Links(String),
    Mails(String),
    Done,
}

impl AccountExport {
    pub fn new(store: Store, user: User, now: Moment) -> Self {
        let user_id = user.id.clone();
        Self { store, user_id, now, next: Part::Account(Box::new(account(user))), has_entries: false }
    }

    /// The next piece of the document; `None` after the last one.
    pub async fn next(&mut self) -> Result<Option<String>, sqlx::Error> {
        let (text, next) = match mem::replace(&mut self.next, Part::Done) {
            Part::Account(account) => {
                let factors = json(&self.store.factors_to_export(&self.user_id).await?);
                let (at, account) = (json(&Timestamp::from(self.now)), json(&account));
                let text =
                    format!("{{\"exported_at\":{at},\"account\":{account},\"second_factors\":{factors},\"sessions\":[");
                (text, Part::Sessions(Cursor::end()))
            }
            Part::Sessions(before) => {
                let (sessions, last) = self.store.sessions_to_export(&self.user_id, &before, PAGE_SIZE).await?;
                match last {
                    Some(last) => (self.entries(&sessions), Part::Sessions(last)),
                    None => (self.list("events"), Part::Events(Cursor::end())),
                }
            }
            Part::Events(before) => {
                let events = self.store.events(&self.user_id, &before, Moment(0), PAGE_SIZE).await?;
                match events.last().map(|last| last.cursor.clone()) {
                    Some(last) => {
                        let events: Vec<api::AuditEvent> = events.into_iter().map(Into::into).collect();
                        (self.entries(&events), Part::Events(last))
                    }
                    None => (self.list("passkeys"), Part::Passkeys),
                }
            }
            // There are few.
            Part::Passkeys => {
                let passkeys = self.store.passkeys(&self.user_id).await?;
                let passkeys: Vec<_> = passkeys.into_iter().map(api::ExportedPasskey::from).collect();
                (self.entries(&passkeys) + &self.list("links"), Part::Links(String::new()))
            }
            Part::Links(after) => {
                let (links, last) = self.store.links_to_export(&self.user_id, &after, PAGE_SIZE, self.now).await?;
                match last {
                    Some(last) => (self.entries(&links), Part::Links(last)),
                    None => (self.list("mails"), Part::Mails(String::new())),
                }
            }
            Part::Mails(after) => {
                let (mails, last) = self.store.mails_to_export(&self.user_id, &after, PAGE_SIZE).await?;
                match last {
                    Some(last) => (self.entries(&mails), Part::Mails(last)),
                    None => ("\n]}\n".to_owned(), Part::Done),
                }
            }
            Part::Done => return Ok(None),
        };
        self.next = next;
        Ok(Some(text))
    }

    /// One entry a line.
    fn entries<T: Serialize>(&mut self, entries: &[T]) -> String {
        let mut text = String::new();
        for entry in entries {
            text += if mem::replace(&mut self.has_entries, true) { ",\n" } else { "\n" };
            text += &json(entry);
        }
        text
    }

    /// Ends a list and begins the next one.
    fn list(&mut self, name: &str) -> String {
        self.has_entries = false;
        format!("\n],\"{name}\":[")
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("texts, numbers and lists of them are valid JSON")
}

/// Without the password hash.
fn account(user: User) -> api::ExportedAccount {
    api::ExportedAccount {
        id: user.id.0,
        email: user.email.to_unicode(),
        name: user.name,
        roles: user.roles,
        created_at: user.created_at.into(),
        email_verified_at: user.email_verified_at.map(Into::into),
        password_changed_at: user.password_changed_at.into(),
        password_refused_at: user.password_refused_at.map(Into::into),
        must_change_password: user.must_change_password,
        disabled_at: user.disabled_at.map(Into::into),
        delete_at: user.delete_at.map(Into::into),
    }
}
