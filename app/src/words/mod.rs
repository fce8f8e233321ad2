//! What the pages say about problems, sessions and policies: every sentence that depends on a code is here.

mod activity;
mod people;
mod policies;
mod sessions;
mod time;

use doorward::{Error, SessionEnd};
use doorward_api::{EndReason, ErrorCode, Problem};

pub(crate) use activity::{event, is_alarming, older};
pub(crate) use people::{more_people, standing};
pub(crate) use policies::{gone_with_page, kept, policy, tab_bound};
pub(crate) use sessions::{Which, consequence, control, count, device, ended, name, others_ended, question, renamed};
pub(crate) use time::{end_of, end_title, ends_in, ends_soon, time};

/// How the last session ended, for the login page; `at` says when, as in "at 14:02", where that is known.
pub(crate) fn ending(end: &SessionEnd, at: Option<&str>) -> String {
    let by = end.details.as_ref().and_then(|ended| ended.by.as_ref()).map(device);
    let at = at.map(|at| format!(" {at}")).unwrap_or_default();
    match (end.reason, by) {
        (EndReason::Revoked, Some(by)) => format!("This session was ended from {by}{at}."),
        (EndReason::PasswordChanged, Some(by)) => format!(
            "Your password was changed on another device, {by}{at}, and that ended this session. \
             Please log in with the new one."
        ),
        (EndReason::RevokedByAdmin, _) => format!("An administrator ended your session{at}."),
        (why, _) => reason(why).to_owned(),
    }
}

/// Why a session ended.
pub(crate) fn reason(why: EndReason) -> &'static str {
    match why {
        EndReason::Expired => "Your session reached its end. Please log in again.",
        EndReason::Idle => "You were away for a while, so your session ended. Please log in again.",
        EndReason::LoggedOut => "You have logged out.",
        EndReason::Revoked => "This session was ended from another of your devices.",
        EndReason::RevokedByAdmin => "An administrator ended your session.",
        EndReason::PasswordChanged => {
            "Your password was changed on another device, and that ended this session. Please log in with the new one."
        }
        EndReason::Replaced => "A newer login took the place of your session.",
        EndReason::KeysReset => "All sessions were ended by the operator of this site. Please log in again.",
        EndReason::PolicyChanged => "The rules for sessions have changed, and that ended yours. Please log in again.",
        EndReason::Unknown => {
            "Your session has ended. Please log in again. If this keeps happening, check that your browser accepts \
             cookies from this site."
        }
    }
}

/// The server does not answer, since then.
pub(crate) fn unreachable(since: &str) -> String {
    format!("Server unreachable since {since}. Trying again…")
}

/// The person has left, and the server does not know it.
pub(crate) const LOGOUT_PENDING: &str =
    "You are logged out here, but the server has not been told yet. Please keep this page open until it has.";

/// Somebody else has logged in, in another tab.
pub(crate) fn newcomer(name: &str) -> String {
    format!("The account has changed: you are now logged in as {name}.")
}

/// What went wrong, and what to do about it.
pub(crate) fn error(error: &Error) -> String {
    let problem = match error {
        Error::Problem(problem) => problem,
        Error::SessionEnded { end: why } => {
            return ending(why.as_ref().unwrap_or(&SessionEnd::new(EndReason::Unknown)), None);
        }
        Error::Unreachable => {
            return "There was no answer. Please check your connection and try again.".to_owned();
        }
    };
    let known = match problem.code {
        ErrorCode::InvalidCredentials => "This email and password do not belong together. Please check both.",
        ErrorCode::EmailTaken => "This email already has an account.",
        ErrorCode::Busy => "Very many people are logging in right now. Please try again in a few seconds.",
        ErrorCode::Unavailable => "This does not work at the moment. Please try again soon.",
        ErrorCode::Forbidden => "Only administrators can see this. Whoever has just become one logs out and in again.",
        ErrorCode::CrossSiteRequest => "Your browser says that this came from another site. Please reload this page.",
        ErrorCode::TooManyAttempts => return too_many(problem),
        _ => {
            let parts: Vec<_> =
                [Some(problem.title.as_str()), problem.detail.as_deref()].into_iter().flatten().collect();
            return parts.join(" ");
        }
    };
    known.to_owned()
}

/// The server knows when it may be tried again, and says so in the detail.
fn too_many(problem: &Problem) -> String {
    let when = problem.detail.as_deref().unwrap_or("Please wait a few minutes before you try again.");
    format!("Too many tries. {when}")
}

/// Over a form in which fields are wrong; each field has a sentence of its own.
pub(crate) fn wrong_fields(count: usize) -> String {
    match count {
        1 => "One field needs another look.".to_owned(),
        _ => format!("{count} fields need another look."),
    }
}

/// How far a new password has come towards `min` characters.
pub(crate) fn strength(typed: usize, min: usize) -> String {
    match min.saturating_sub(typed) {
        0 => "Long enough. Longer is stronger.".to_owned(),
        _ if typed == 0 => format!("At least {min} characters: try a few random words."),
        1 => "One more character.".to_owned(),
        missing => format!("{missing} more characters."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use doorward_api::{Device, EndDetails, Timestamp};

    fn refused(code: ErrorCode, detail: Option<&str>) -> Error {
        Error::Problem(Box::new(Problem {
            kind: String::new(),
            title: "Not like this.".to_owned(),
            status: 400,
            code,
            detail: detail.map(str::to_owned),
            reason: None,
            ended: None,
            errors: None,
        }))
    }

    #[test]
    fn whoever_ended_the_session_is_named_with_the_time() {
        let by = Some(Device { browser: "Firefox".to_owned(), os: "Linux".to_owned() });
        let ended = Some(EndDetails { at: Timestamp::new("2026-11-24T14:02:00Z"), by });
        let revoked = SessionEnd { reason: EndReason::Revoked, details: ended.clone() };
        assert_eq!(ending(&revoked, Some("at 14:02")), "This session was ended from Firefox on Linux at 14:02.");
        assert_eq!(ending(&revoked, None), "This session was ended from Firefox on Linux.");
        assert_eq!(
            ending(&SessionEnd::new(EndReason::Revoked), None),
            "This session was ended from another of your devices."
        );
        let changed = ending(&SessionEnd { reason: EndReason::PasswordChanged, details: ended }, Some("at 14:02"));
        assert!(changed.contains("Firefox on Linux at 14:02"), "{changed}");
    }

    #[test]
    fn too_many_attempts_says_when_to_try_again() {
        let told = error(&refused(ErrorCode::TooManyAttempts, Some("Try again in 90 seconds.")));
        assert_eq!(told, "Too many tries. Try again in 90 seconds.");
        assert!(error(&refused(ErrorCode::TooManyAttempts, None)).contains("wait"));
    }

    #[test]
    fn a_code_without_a_sentence_says_what_the_server_says() {
        assert_eq!(error(&refused(ErrorCode::TooLarge, None)), "Not like this.");
        assert_eq!(error(&refused(ErrorCode::Unknown, Some("Do that."))), "Not like this. Do that.");
    }

    #[test]
    fn a_password_is_counted_towards_its_least_length() {
        assert!(strength(0, 15).starts_with("At least 15"));
        assert_eq!(strength(8, 15), "7 more characters.");
        assert_eq!(strength(14, 15), "One more character.");
        assert!(strength(15, 15).starts_with("Long enough"));
    }
}
