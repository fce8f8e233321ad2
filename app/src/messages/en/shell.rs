use crate::messages::shell::Shell;

pub(super) const SHELL: Shell = Shell {
    skip: "Skip to content",
    navigation: "Main",
    account: "Account",
    sessions: "Sessions",
    activity: "Activity",
    users: "Users",
    inspector: "Inspector",
    log_out: "Log out",
    one_moment: "One moment…",
    try_again: "Try again",
    try_now: "Try now",
    cancel: "Cancel",
    not_found: "Page not found",
    not_found_lead: "Check the address, or go back to the home page.",
    go_home: "Go to the home page",
    offline: "You're offline.",
    unreachable: "We haven't been able to reach the server since {time}. Retrying…",
    logout_pending: "You're logged out on this device. Keep this page open until we can reach the server to finish.",
    user_changed: "You're now logged in as {name}.",
};
