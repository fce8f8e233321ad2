use crate::messages::account::Account;

pub(super) const ACCOUNT: Account = Account {
    title: "Account",
    name_changed: "Name updated.",
    password_changed_result: "Password changed. Your other devices have been logged out.",
    wrong_current_password: "This is not your current password.",
    policy_browser: "You'll stay logged in, even after you close the browser.",
    policy_tab: "This session is limited to one tab. Reloading or closing it logs you out.",
    policy_short: "This is a short session. When it ends, you'll be asked to log in again without losing your place. Reloading or closing this tab logs you out.",
};
