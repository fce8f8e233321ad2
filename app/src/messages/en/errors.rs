use crate::messages::errors::Errors;

pub(super) const ERRORS: Errors = Errors {
    unreachable: "We couldn't reach the server. Check your connection and try again.",
    unavailable: "The server isn't available right now. Try again in a moment.",
    unexpected: "We got an unexpected response (status {status}). If your network has a login page, open it first. Then try again.",
    invalid_credentials: "Incorrect email or password.",
    email_taken: "There's already an account with this email.",
    busy: "We're busy right now. Try again in a few seconds.",
    our_side: "Something went wrong on our side. Try again in a moment.",
    not_confirmed: "Nothing has changed: you didn't confirm that it's you.",
    forbidden: "Only administrators can see this page. Just made an administrator? Log out and back in.",
    cross_site: "Your browser says this request came from another site. Reload the page and try again.",
    too_many_attempts_for: "Too many attempts. Try again in {time}.",
    too_many_attempts: "Too many attempts. Try again in a few minutes.",
};
