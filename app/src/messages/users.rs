//! Messages of the users page.

use doorward_api::UserSummary;

use super::{
    catalog::messages,
    messages,
    text::{fill, isolate, plural},
};

messages! {
    Users {
        title,
        lead,
        search,
        one_shown,
        shown,
        none,
        end,
        show_more,
        one_more,
        more,
        you,
        disabled,
        not_logged_in,
        session,
        sessions,
        joined,
        disable,
        enable,
        log_out,
        confirm_disable,
        disable_consequence,
        disable_own,
        confirm_log_out,
        log_out_consequence,
        log_out_own,
        has_disabled,
        has_enabled,
        has_logged_out,
        reset,
        confirm_reset,
        reset_consequence,
        has_sent_link,
        invite,
        roles,
        send_invitation,
        has_invited,
    }
}

/// For example `2 sessions`.
pub(crate) fn user_sessions(user: &UserSummary) -> String {
    let users = &messages().users;
    match user.sessions {
        0 => users.not_logged_in.to_owned(),
        count => plural(count as usize, users.session, users.sessions),
    }
}

/// For example `Joined 3 days ago`.
pub(crate) fn user_joined(time: &str) -> String {
    fill(messages().users.joined, &[("time", time)])
}

/// The title of the confirmation, and what will happen.
pub(crate) fn confirm_disable(user: &UserSummary, is_own: bool) -> (String, String) {
    let users = &messages().users;
    let consequence = if is_own { users.disable_own } else { users.disable_consequence };
    (with_name(users.confirm_disable, user), with_name(consequence, user))
}

/// The title of the confirmation, and what will happen.
pub(crate) fn confirm_log_out(user: &UserSummary, is_own: bool) -> (String, String) {
    let users = &messages().users;
    let consequence = if is_own { users.log_out_own } else { users.log_out_consequence };
    (with_name(users.confirm_log_out, user), with_name(consequence, user))
}

/// The title of the confirmation, and what will happen.
pub(crate) fn confirm_reset(user: &UserSummary) -> (String, String) {
    let users = &messages().users;
    (with_name(users.confirm_reset, user), with_name(users.reset_consequence, user))
}

/// The result of sending the user a link.
pub(crate) fn link_sent_to(user: &UserSummary) -> String {
    with_name(messages().users.has_sent_link, user)
}

/// The result of inviting the owner of an address.
pub(crate) fn invitation_sent_to(email: &str) -> String {
    fill(messages().users.has_invited, &[("email", &isolate(email))])
}

/// The result of disabling or enabling the user.
pub(crate) fn user_changed_to(user: &UserSummary) -> String {
    let users = &messages().users;
    with_name(if user.disabled_at.is_some() { users.has_disabled } else { users.has_enabled }, user)
}

/// The result of ending the sessions of the user.
pub(crate) fn user_logged_out(user: &UserSummary) -> String {
    with_name(messages().users.has_logged_out, user)
}

fn with_name(template: &str, user: &UserSummary) -> String {
    fill(template, &[("name", &isolate(&user.name))])
}

/// Announces the result of a search.
pub(crate) fn users_shown(count: usize) -> String {
    plural(count, messages().users.one_shown, messages().users.shown)
}

/// Announces the rows that were added to the list.
pub(crate) fn more_users(count: usize) -> String {
    plural(count, messages().users.one_more, messages().users.more)
}

/// At the end of the list, which is empty if a search has found no user.
pub(crate) fn end_of_users(is_empty: bool) -> &'static str {
    if is_empty { messages().users.none } else { messages().users.end }
}

#[cfg(test)]
mod tests {
    use super::*;
    use doorward_api::Timestamp;

    fn ada() -> UserSummary {
        UserSummary {
            id: "1".to_owned(),
            email: "ada@example.com".to_owned(),
            name: "Ada".to_owned(),
            roles: vec![],
            created_at: Timestamp::new("2026-11-23T20:15:00Z"),
            disabled_at: None,
            sessions: 0,
        }
    }

    #[test]
    fn sessions_of_a_user_are_counted() {
        let sessions = |sessions| user_sessions(&UserSummary { sessions, ..ada() });
        assert_eq!([sessions(0), sessions(1), sessions(2)], ["Not logged in", "1 session", "2 sessions"]);
    }

    #[test]
    fn a_confirmation_says_who_is_affected() {
        let (title, consequence) = confirm_disable(&ada(), false);
        assert_eq!(title, "Disable \u{2068}Ada\u{2069}'s account?");
        assert!(consequence.starts_with("\u{2068}Ada\u{2069} will be logged out"), "{consequence}");
        assert!(confirm_disable(&ada(), true).1.starts_with("This is your own account"));
        assert!(confirm_log_out(&ada(), true).1.starts_with("This is your own account"));
    }

    #[test]
    fn the_result_names_the_user() {
        assert_eq!(user_changed_to(&ada()), "\u{2068}Ada\u{2069} can log in again.");
        let disabled = UserSummary { disabled_at: Some(Timestamp::new("2026-11-24T20:15:00Z")), ..ada() };
        assert_eq!(user_changed_to(&disabled), "\u{2068}Ada\u{2069}'s account has been disabled.");
    }
}
