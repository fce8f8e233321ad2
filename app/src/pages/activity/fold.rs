//! A login and the end of its session as one entry.

use crate::messages;
use doorward_api::{AuditEvent, EventKind};

pub struct Entry {
    pub event: AuditEvent,
    /// If the event is the end of a session: the login on the same day, if that is among the events.
    pub login: Option<AuditEvent>,
}

impl Entry {
    /// Whether the filter shows the entry.
    pub fn is_shown(&self, only_warnings: bool) -> bool {
        !only_warnings || messages::is_warning(&self.event)
    }
}

/// Folds the events, which are in order, newest first.
pub fn fold(events: Vec<AuditEvent>, is_same_day: impl Fn(&AuditEvent, &AuditEvent) -> bool) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for event in events {
        let end = entries.iter_mut().find(|entry| is_pair(&event, &entry.event) && is_same_day(&event, &entry.event));
        match end {
            Some(entry) => entry.login = Some(event),
            None => entries.push(Entry { event, login: None }),
        }
    }
    entries
}

/// Whether `end` is the end of the session that started with `login`.
fn is_pair(login: &AuditEvent, end: &AuditEvent) -> bool {
    let session = |event: &AuditEvent| event.session.as_ref().map(|session| session.id.clone());
    (login.kind, end.kind) == (EventKind::LoggedIn, EventKind::SessionEnded)
        && session(login).is_some_and(|login| session(end) == Some(login))
}

#[cfg(test)]
mod tests {
    use super::*;
    use doorward_api::{EventSession, Timestamp};

    fn event(kind: EventKind, session: Option<&str>, at: &str) -> AuditEvent {
        AuditEvent {
            id: at.to_owned(),
            happened_at: Timestamp::new(at),
            kind,
            reason: None,
            session: session.map(|id| EventSession { id: id.to_owned(), label: None, device: None }),
            device: None,
            ip: None,
        }
    }

    /// The times of the entries: of a folded one, those of the login and of the end.
    fn times(events: Vec<AuditEvent>) -> Vec<String> {
        let day = |event: &AuditEvent| event.id.get(..2).map(str::to_owned);
        let entries = fold(events, |one, other| day(one) == day(other));
        let time = |entry: Entry| entry.login.map_or(String::new(), |login| login.id + "–") + &entry.event.id;
        entries.into_iter().map(time).collect()
    }

    #[test]
    fn a_login_and_the_end_of_its_session_are_one_entry_in_place_of_the_end() {
        use EventKind::{LoggedIn, LoginFailed, SessionEnded};
        let events = vec![
            event(SessionEnded, Some("b"), "23 12:00"),
            event(LoginFailed, None, "23 11:00"),
            event(LoggedIn, Some("b"), "23 10:00"),
            event(LoggedIn, Some("a"), "23 09:00"),
        ];
        assert_eq!(times(events), ["23 10:00–23 12:00", "23 11:00", "23 09:00"]);
    }

    #[test]
    fn a_session_that_ended_on_another_day_has_two_entries() {
        use EventKind::{LoggedIn, SessionEnded};
        let events = vec![event(SessionEnded, Some("a"), "24 01:00"), event(LoggedIn, Some("a"), "23 22:00")];
        assert_eq!(times(events), ["24 01:00", "23 22:00"]);
    }

    #[test]
    fn events_without_a_session_are_not_folded() {
        use EventKind::{LoggedIn, SessionEnded};
        let events = vec![event(SessionEnded, None, "23 12:00"), event(LoggedIn, None, "23 10:00")];
        assert_eq!(times(events), ["23 12:00", "23 10:00"]);
    }
}
