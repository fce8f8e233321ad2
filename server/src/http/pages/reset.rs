//! `/reset`: sets a new password. The token is in the query of the page and in the body of its form, and nowhere else.

use app::plain::{ResetForm, dead_link, dead_link_title, reset, reset_done, reset_done_title, reset_title};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use doorward_api::Problem;

use super::{
    fallback,
    plain::{SubmittedForm, plain_page, query_value, read_form, rejected_page},
};
use crate::{
    http::{
        auth::{NewPasswordForm, reset_ticket, set_password},
        error::Error,
        language::LanguagePreference,
    },
    login::factors::PresentedFactor,
    model::user::User,
    state::AppState,
};

/// Where a reset leads: without the token, so that nothing shows it again.
const DONE: &str = "/reset?done";

/// Changes nothing: scanners open every link of a mail.
pub async fn show(State(app): State<AppState>, request: Request) -> Response {
    let headers = request.headers();
    if query_value(request.uri(), "done").is_some() {
        return plain_page(&app, headers, StatusCode::OK, reset_done_title, reset_done);
    }
    let token = query_value(request.uri(), "token").unwrap_or_default();
    match reset_ticket(&app, &token).await {
        Ok((_, user)) => plain_page(&app, headers, StatusCode::OK, reset_title, || form(&app, token, &user, None)),
        Err(Error::NotFound) => fallback(State(app), request).await,
        Err(error) => refused(&app, headers, error),
    }
}

pub async fn submit(State(app): State<AppState>, request: Request) -> Response {
    let SubmittedForm { headers, client, body } = match read_form(&app, request, ["token", "password", "code"]).await {
        Ok(form) => form,
        Err(error) => return error.into_response(),
    };
    let [token, password, code] = body.texts();
    let language = LanguagePreference::of(&app.config, &headers).language();
    let factor = (!code.trim().is_empty()).then(|| PresentedFactor::in_one_field(code));
    let form = NewPasswordForm { token, password, factor, factor_field: "code" };
    match set_password(&app, &client, language, &form).await {
        Ok(()) => Redirect::to(DONE).into_response(),
        Err(error @ (Error::TicketInvalid | Error::NotFound)) => refused(&app, &headers, error),
        Err(error) => again(&app, &headers, error, token).await,
    }
}

/// The form again: the token can still be used.
async fn again(app: &AppState, headers: &HeaderMap, error: Error, token: &str) -> Response {
    match reset_ticket(app, token).await {
        Ok((_, user)) => {
            rejected_page(app, headers, error, reset_title, |problem| form(app, token.to_owned(), &user, Some(problem)))
        }
        Err(error) => refused(app, headers, error),
    }
}

fn form(app: &AppState, token: String, user: &User, problem: Option<Problem>) -> impl leptos::IntoView + use<> {
    reset(ResetForm {
        token,
        email: user.email.to_unicode(),
        masked_email: &user.email.masked(),
        min_length: app.config.password_min_length,
        has_second_step: user.has_second_step,
        problem,
    })
}

/// A link that does not work, or the page of any other error.
pub fn refused(app: &AppState, headers: &HeaderMap, error: Error) -> Response {
    match error {
        Error::TicketInvalid => rejected_page(app, headers, error, dead_link_title, |_| dead_link()),
        error => error.into_response(),
    }
}
