//! What is said of people, to administrators.

use doorward_api::UserSummary;

/// What somebody may do and where they are logged in, in a few words.
pub(crate) fn standing(person: &UserSummary) -> String {
    let roles = if person.roles.is_empty() { "No roles".to_owned() } else { person.roles.join(", ") };
    let sessions = match (&person.disabled_at, person.sessions) {
        (Some(_), _) => "disabled".to_owned(),
        (None, 0) => "not logged in".to_owned(),
        (None, 1) => "1 session".to_owned(),
        (None, sessions) => format!("{sessions} sessions"),
    };
    roles + " · " + &sessions
}

/// So many have been added to the list.
pub(crate) fn more_people(count: usize) -> String {
    match count {
        1 => "1 more person.".to_owned(),
        _ => format!("{count} more people."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use doorward_api::Timestamp;

    #[test]
    fn an_administrator_sees_what_somebody_may_do_and_where_they_are() {
        let at = || Timestamp::new("2026-11-23T20:15:00Z");
        let mut ada = UserSummary {
            id: "1".to_owned(),
            email: "ada@example.com".to_owned(),
            name: "Ada".to_owned(),
            roles: vec![],
            created_at: at(),
            disabled_at: None,
            sessions: 0,
        };
        assert_eq!(standing(&ada), "No roles · not logged in");
        ada.roles = vec!["admin".to_owned(), "editor".to_owned()];
        ada.sessions = 2;
        assert_eq!(standing(&ada), "admin, editor · 2 sessions");
        ada.disabled_at = Some(at());
        assert_eq!(standing(&ada), "admin, editor · disabled");
    }
}
