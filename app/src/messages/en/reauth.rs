use crate::messages::reauth::Reauth;

pub(super) const REAUTH: Reauth = Reauth {
    warning_label: "End of the session",
    expires_in: "Your session ends in {time}.",
    expires_soon: "Your session ends in less than {time}. To stay logged in, log in again.",
    log_in_again: "Log in again",
    has_ended: "Your session has ended",
    to_continue: "Log in again as {name} to continue. Nothing you typed is lost.",
    new_session: "You'll start a new session. This page stays as it is.",
    leave: "Log out",
    not_now: "Not now",
    confirm_title: "Confirm it's you",
    confirm_description: "Enter your password to continue.",
    confirm_second_step: "Your password is right. This account has a second step, too.",
    confirm: "Confirm",
    wrong_password: "Incorrect password.",
};
