//! The problem details (RFC 9457) of an error, in the language of the response. `code`, `type` and `status` are the same in
//! every language.

use std::time::Duration;

use app::Language;
use axum::{
    Json,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use doorward_api::{EndReason, Problem};

use super::error::Error;
use crate::{mail::letters::utc, model::session_end::SessionEnd};

impl Error {
    pub fn problem(&self, language: Language) -> Problem {
        let (status, code) = self.status_and_code();
        let name = serde_json::to_value(code).ok().and_then(|name| name.as_str().map(str::to_owned));
        Problem {
            kind: format!("urn:doorward:problem:{}", name.unwrap_or_default()),
            title: self.title(language).into(),
            status: status.as_u16(),
            code,
            detail: self.detail(language),
            reason: self.session_end().map(|end| end.reason),
            ended: self.session_end().and_then(SessionEnd::to_api),
            errors: if let Self::InvalidInput(fields) = self { Some(fields.messages(language)) } else { None },
            retry_after: self.retry_after(),
            tries_left: if let Self::CodeInvalid { tries_left } = self { Some(*tries_left) } else { None },
            ticket: self.second_step().map(|(ticket, _)| ticket.clone()),
            methods: if let Self::SecondFactorRequired { methods, .. } = self { Some(methods.clone()) } else { None },
            expires_in: self.second_step().map(|(_, lifetime)| lifetime.as_secs()),
            delete_at: if let Self::DeletionPending { delete_at, .. } = self {
                Some((*delete_at).into())
            } else {
                None
            },
        }
    }

    fn title(&self, language: Language) -> &'static str {
        let problems = language.problems();
        match self {
            Self::MalformedRequest(_) | Self::RepeatedCookie => problems.malformed_request,
            Self::InvalidCredentials => language.invalid_credentials(),
            Self::TokenMissing => problems.token_missing,
            Self::TokenInvalid => problems.token_invalid,
            Self::TokenExpired => problems.token_expired,
            Self::SessionMissing => problems.session_missing,
            Self::SessionEnded(_) | Self::SessionUnknown | Self::TokenRevoked(_) => problems.session_ended,
            Self::StepUpRequired { .. } => problems.step_up_required,
            Self::SecondFactorRequired { .. } => problems.second_factor_required,
            Self::SecondFactorInvalid => problems.second_factor_invalid,
            Self::PasskeyUnknown => problems.passkey_unknown,
            Self::Forbidden(_) | Self::BlockedNetwork => problems.forbidden,
            Self::DeletionPending { .. } => problems.deletion_pending,
            Self::CrossSiteRequest => problems.cross_site_request,
            Self::RegistrationClosed(mode) => language.registration_closed(*mode),
            Self::NotFound => problems.not_found,
            Self::MethodNotAllowed => problems.method_not_allowed,
            Self::TooLarge => problems.too_large,
            Self::TargetTooLong => problems.target_too_long,
            Self::RequestTimeout => problems.request_timeout,
            Self::UnsupportedMediaType => problems.unsupported_media_type,
            Self::WebAssemblyRequired => language.requires_webassembly(),
            Self::EmailTaken => language.email_taken(),
            Self::LastAdministrator => problems.last_administrator,
            Self::LastCredential => problems.last_credential,
            Self::SecondFactorMissing => problems.second_factor_missing,
            Self::PasskeyExists => problems.passkey_exists,
            Self::InvalidInput(_) => problems.invalid_input,
            Self::TicketInvalid => problems.ticket_invalid,
            Self::CodeInvalid { .. } => problems.code_invalid,
            Self::TooManyAttempts { .. } => problems.too_many_attempts,
            Self::Internal => problems.internal,
            Self::Busy => problems.busy,
            Self::Unavailable(_) => problems.unavailable,
            Self::MailUnavailable => problems.mail_unavailable,
        }
    }

    /// What to do about it. For a malformed request, what is wrong, in English: only developers read that.
    fn detail(&self, language: Language) -> Option<String> {
        let problems = language.problems();
        let detail = match self {
            Self::MalformedRequest(what) => what,
            Self::RepeatedCookie => problems.clear_cookies,
            Self::StepUpRequired { acr: Some(_), .. } => problems.confirm_with_factor,
            Self::StepUpRequired { .. } => problems.confirm_first,
            Self::Forbidden(role) => return Some(problems.role_required(role)),
            Self::DeletionPending { delete_at, has_link } => {
                return Some(problems.undo_until(&utc(*delete_at), *has_link));
            }
            Self::UnsupportedMediaType => problems.send_media_type,
            Self::EmailTaken => problems.log_in_instead,
            Self::LastAdministrator => problems.make_administrator,
            Self::LastCredential => problems.add_credential,
            Self::SecondFactorMissing => problems.add_second_factor,
            Self::PasskeyUnknown => problems.remove_passkey,
            Self::TicketInvalid | Self::CodeInvalid { tries_left: 0 } => problems.start_again,
            Self::CodeInvalid { tries_left } => return Some(problems.tries_left(*tries_left)),
            Self::TooManyAttempts { .. } => return Some(language.try_again_in(self.retry_after()?)),
            Self::Internal => problems.cause_in_log,
            Self::Busy | Self::Unavailable(_) => problems.try_again,
            _ => return None,
        };
        Some(detail.to_owned())
    }

    fn second_step(&self) -> Option<&(String, Duration)> {
        if let Self::SecondFactorRequired { ticket, .. } = self { ticket.as_ref() } else { None }
    }

    fn session_end(&self) -> Option<&SessionEnd> {
        static UNKNOWN: SessionEnd = SessionEnd { reason: EndReason::Unknown, at: None, by: None };
        match self {
            Self::SessionUnknown => Some(&UNKNOWN),
            Self::SessionEnded(end) | Self::TokenRevoked(end) => Some(end),
            _ => None,
        }
    }
}

/// Makes the problem the body of the response to its error.
pub fn set_body(response: &mut Response, problem: Problem) {
    *response.body_mut() = Json(problem).into_response().into_body();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    // Computed for the empty body.
    headers.remove(header::CONTENT_LENGTH);
}
