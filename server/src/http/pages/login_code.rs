//! `/login/code`: the second step of a login that was submitted without the WebAssembly. The ticket is in the body of the form, and
//! nowhere else.

use app::plain::{LoginCode, expired_login, login_code, login_code_title};
use axum::{
    extract::{Request, State},
    http::{StatusCode, Uri, request::Parts},
    response::{IntoResponse, Redirect, Response},
};

use super::{
    plain::{plain_page, rejected_page},
    return_path, with_next,
};
use crate::{
    http::{
        auth::{Browser, SentFactor, finish_login},
        error::Error,
        form_body::FormBody,
        invalid_fields::InvalidField,
    },
    login::factors::PresentedFactor,
    state::AppState,
};

const PATH: &str = "/login/code";

/// Without a login that waits for its second step.
pub async fn show(uri: Uri) -> Redirect {
    Redirect::to(&with_next("/login", &uri))
}

/// The page that follows a right password.
pub fn page(app: &AppState, ticket: String, parts: &Parts) -> Response {
    plain_page(app, &parts.headers, StatusCode::UNAUTHORIZED, login_code_title, || login_code(form(ticket, &parts.uri)))
}

fn form(ticket: String, uri: &Uri) -> LoginCode {
    LoginCode { ticket, action: with_next(PATH, uri), login: with_next("/login", uri), problem: None }
}

/// Starts the session, or shows the page again.
pub async fn submit(State(app): State<AppState>, request: Request) -> Result<Response, Error> {
    let (parts, body) = request.into_parts();
    let fields = FormBody::read(["ticket", "code"], Request::from_parts(parts.clone(), body)).await?;
    let [ticket, code] = fields.texts();
    Ok(match answer(&app, ticket, code, &parts).await {
        Ok(response) => response,
        Err(error @ Error::TicketInvalid) => rejected_page(&app, &parts.headers, error, login_code_title, |_| {
            expired_login(with_next("/login", &parts.uri))
        }),
        Err(error) => rejected_page(&app, &parts.headers, error, login_code_title, |problem| {
            login_code(LoginCode { problem: Some(problem), ..form(ticket.clone(), &parts.uri) })
        }),
    })
}

async fn answer(app: &AppState, ticket: &str, code: &str, parts: &Parts) -> Result<Response, Error> {
    if code.trim().is_empty() {
        return Err(Error::field("code", InvalidField::SecondFactor));
    }
    let browser = Browser::of_form(app, parts).await?;
    let (cookies, _) =
        finish_login(app, &browser, ticket, &SentFactor::Code(PresentedFactor::in_one_field(code))).await?;
    Ok((cookies, Redirect::to(&return_path(app, &parts.uri).to_string())).into_response())
}
