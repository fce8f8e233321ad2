//! What went wrong with a request, and what to do about it.

use doorward::{Error, SessionEnd};
use doorward_api::{EndReason, ErrorCode, Problem};

use super::session_end;

pub(crate) fn error(error: &Error) -> String {
    let problem = match error {
        Error::Problem(problem) => problem,
        Error::SessionEnded { end } => {
            return session_end(end.as_ref().unwrap_or(&SessionEnd::new(EndReason::Unknown)), None);
        }
        Error::Unreachable => {
            return "We couldn't reach the server. Check your connection and try again.".to_owned();
        }
        Error::InvalidResponse { status } => {
            return format!(
                "We got an unexpected response (status {status}). If your network has a login page, open it first. Then try again."
            );
        }
    };
    let fixed = match problem.code {
        ErrorCode::InvalidCredentials => "Incorrect email or password.",
        ErrorCode::EmailTaken => "There is already an account with this email.",
        ErrorCode::Busy => "We're busy right now. Try again in a few seconds.",
        ErrorCode::Unavailable => "Something went wrong on our side. Try again in a moment.",
        ErrorCode::Forbidden => {
            "Only administrators can see this page. If you were just made an administrator, log out and in again."
        }
        ErrorCode::CrossSiteRequest => {
            "Your browser reports that this request came from another site. Reload the page."
        }
        ErrorCode::TooManyAttempts => return too_many_attempts(problem),
        _ => {
            let parts: Vec<_> =
                [Some(problem.title.as_str()), problem.detail.as_deref()].into_iter().flatten().collect();
            return parts.join(" ");
        }
    };
    fixed.to_owned()
}

/// The detail of the problem has the time to wait.
fn too_many_attempts(problem: &Problem) -> String {
    let when = problem.detail.as_deref().unwrap_or("Wait a few minutes and try again.");
    format!("Too many attempts. {when}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(code: ErrorCode, detail: Option<&str>) -> Error {
        Error::Problem(Box::new(Problem {
            kind: String::new(),
            title: "Invalid input.".to_owned(),
            status: 400,
            code,
            detail: detail.map(str::to_owned),
            reason: None,
            ended: None,
            errors: None,
        }))
    }

    #[test]
    fn too_many_attempts_says_when_to_try_again() {
        let message = error(&problem(ErrorCode::TooManyAttempts, Some("Try again in 90 seconds.")));
        assert_eq!(message, "Too many attempts. Try again in 90 seconds.");
        assert!(error(&problem(ErrorCode::TooManyAttempts, None)).contains("Wait"));
    }

    #[test]
    fn a_code_without_a_message_shows_what_the_server_says() {
        assert_eq!(error(&problem(ErrorCode::TooLarge, None)), "Invalid input.");
        assert_eq!(error(&problem(ErrorCode::Unknown, Some("Do that."))), "Invalid input. Do that.");
    }
}
