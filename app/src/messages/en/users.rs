use crate::messages::users::Users;

pub(super) const USERS: Users = Users {
    title: "Users",
    lead: "Everyone with an account, newest first.",
    end: "No more users.",
    show_more: "Show more users",
    no_roles: "No roles",
    disabled: "disabled",
    not_logged_in: "not logged in",
    session: "1 session",
    sessions: "{count} sessions",
    since: "account since",
    more_user: "1 more user.",
    more_users: "{count} more users.",
};
