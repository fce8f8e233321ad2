//! What went wrong with a request, and what to do about it.

use doorward::{Error, SessionEnd};
use doorward_api::{EndReason, ErrorCode, Problem};

use super::{catalog::messages, messages, session_end, text::fill, time::about};

messages! {
    Errors {
        unreachable,
        unavailable,
        unexpected,
        invalid_credentials,
        email_taken,
        busy,
        our_side,
        not_confirmed,
        forbidden,
        cross_site,
        too_many_attempts,
        too_many_attempts_for,
    }
}

pub(crate) fn error(error: &Error) -> String {
    let errors = &messages().errors;
    let problem = match error {
        Error::Problem(problem) => problem,
        Error::SessionEnded { end } => {
            return session_end(end.as_ref().unwrap_or(&SessionEnd::new(EndReason::Unknown)), None);
        }
        Error::Unreachable => return errors.unreachable.to_owned(),
        Error::InvalidResponse { status: 500.. } => return errors.unavailable.to_owned(),
        Error::InvalidResponse { status } => return fill(errors.unexpected, &[("status", &status.to_string())]),
    };
    let fixed = match problem.code {
        ErrorCode::InvalidCredentials => errors.invalid_credentials,
        ErrorCode::EmailTaken => errors.email_taken,
        ErrorCode::Busy => errors.busy,
        ErrorCode::Unavailable => errors.our_side,
        ErrorCode::StepUpRequired => errors.not_confirmed,
        ErrorCode::Forbidden => errors.forbidden,
        ErrorCode::CrossSiteRequest => errors.cross_site,
        ErrorCode::TooManyAttempts => return too_many_attempts(problem),
        _ => {
            let parts: Vec<_> =
                [Some(problem.title.as_str()), problem.detail.as_deref()].into_iter().flatten().collect();
            return parts.join(" ");
        }
    };
    fixed.to_owned()
}

/// With the time to wait, if it is known.
fn too_many_attempts(problem: &Problem) -> String {
    let errors = &messages().errors;
    match problem.retry_after {
        Some(seconds) => fill(errors.too_many_attempts_for, &[("time", &about(seconds))]),
        None => errors.too_many_attempts.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(code: ErrorCode, detail: Option<&str>) -> Problem {
        Problem {
            title: "Invalid input.".to_owned(),
            status: 400,
            code,
            detail: detail.map(str::to_owned),
            ..Problem::default()
        }
    }

    fn message(problem: Problem) -> String {
        error(&Error::Problem(Box::new(problem)))
    }

    #[test]
    fn too_many_attempts_says_when_to_try_again() {
        let problem = || problem(ErrorCode::TooManyAttempts, None);
        let in_90_seconds = Problem { retry_after: Some(90), ..problem() };
        assert_eq!(message(in_90_seconds), "Too many attempts. Try again in 90 seconds.");
        assert_eq!(message(problem()), "Too many attempts. Try again in a few minutes.");
    }

    #[test]
    fn a_code_without_a_message_shows_the_server_title() {
        assert_eq!(message(problem(ErrorCode::TooLarge, None)), "Invalid input.");
        assert_eq!(message(problem(ErrorCode::Unknown, Some("Do that."))), "Invalid input. Do that.");
    }
}
