//! Messages of the users page.

use doorward_api::UserSummary;

use super::{catalog::messages, messages, text::plural};

messages! {
    Users {
        title,
        lead,
        end,
        show_more,
        no_roles,
        disabled,
        not_logged_in,
        session,
        sessions,
        since,
        more_user,
        more_users,
    }
}

/// The roles and the number of sessions, for example `admin · 2 sessions`.
pub(crate) fn user_summary(user: &UserSummary) -> String {
    let users = &messages().users;
    let roles = if user.roles.is_empty() { users.no_roles.to_owned() } else { user.roles.join(", ") };
    let sessions = match (&user.disabled_at, user.sessions) {
        (Some(_), _) => users.disabled.to_owned(),
        (None, 0) => users.not_logged_in.to_owned(),
        (None, count) => plural(count as usize, users.session, users.sessions),
    };
    roles + " · " + &sessions
}

/// Announces the rows that were added to the list.
pub(crate) fn more_users(count: usize) -> String {
    plural(count, messages().users.more_user, messages().users.more_users)
}

#[cfg(test)]
mod tests {
    use super::*;
    use doorward_api::Timestamp;

    #[test]
    fn a_user_is_summarized_by_roles_and_sessions() {
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
        assert_eq!(user_summary(&ada), "No roles · not logged in");
        ada.roles = vec!["admin".to_owned(), "editor".to_owned()];
        ada.sessions = 2;
        assert_eq!(user_summary(&ada), "admin, editor · 2 sessions");
        ada.disabled_at = Some(at());
        assert_eq!(user_summary(&ada), "admin, editor · disabled");
    }
}
