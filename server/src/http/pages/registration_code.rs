//! `/register/code`: the code of a registration that was submitted without the WebAssembly. The ticket is in a cookie.

use app::plain::{RegistrationCode, registration_code, registration_code_title};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, StatusCode, Uri, request::Parts},
    response::{AppendHeaders, IntoResponse, Redirect, Response},
};
use doorward_api::ConfirmRegistration;

use super::{
    plain::{plain_page, query_value, rejected_page},
    return_path, with_next,
};
use crate::{
    http::{
        auth::{Browser, finish, resend},
        error::Error,
        form_body::FormBody,
        registration_cookie,
    },
    model::{email::Email, ticket::TicketToken},
    state::AppState,
};

const PATH: &str = "/register/code";

/// A redirect to this page, with the ticket in its cookie.
pub fn redirect(app: &AppState, ticket: String, from: &Uri) -> Response {
    let cookie = registration_cookie::set(ticket, app.config.cookie_secure);
    (AppendHeaders([cookie]), Redirect::to(&with_next(PATH, from))).into_response()
}

/// Without a registration that waits for its code, a redirect to the form.
pub async fn show(State(app): State<AppState>, headers: HeaderMap, uri: Uri) -> Result<Response, Error> {
    let is_resent = query_value(&uri, "resent").is_some();
    Ok(match waiting(&app, &headers).await? {
        Some((_, email)) => plain_page(&app, &headers, StatusCode::OK, registration_code_title, || {
            registration_code(page(&email, &uri, is_resent))
        }),
        None => start_again(&app, &uri).into_response(),
    })
}

fn page(email: &Email, uri: &Uri, is_resent: bool) -> RegistrationCode {
    RegistrationCode { email: email.to_unicode(), is_resent, problem: None, register: with_next("/register", uri) }
}

/// The ticket in the cookie, and the address of its registration.
async fn waiting(app: &AppState, headers: &HeaderMap) -> Result<Option<(String, Email)>, Error> {
    let Some(ticket) = registration_cookie::ticket(headers, app.config.cookie_secure) else { return Ok(None) };
    let Some(token) = TicketToken::parse(&ticket) else { return Ok(None) };
    let registration = app.store.registration(&token.hash(), app.clock.now()).await?;
    Ok(registration.map(|registration| (ticket, registration.email)))
}

fn start_again(app: &AppState, uri: &Uri) -> (AppendHeaders<[(HeaderName, String); 1]>, Redirect) {
    let cleared = registration_cookie::clear(app.config.cookie_secure);
    (AppendHeaders([cleared]), Redirect::to(&with_next("/register", uri)))
}

/// Creates the account with a code, or sends a new one.
pub async fn submit(State(app): State<AppState>, request: Request) -> Result<Response, Error> {
    let (parts, body) = request.into_parts();
    let Some((ticket, email)) = waiting(&app, &parts.headers).await? else {
        return Ok(start_again(&app, &parts.uri).into_response());
    };
    let form = FormBody::read(["code", "resend"], Request::from_parts(parts.clone(), body)).await;
    Ok(match answer(&app, form, ticket, &parts).await {
        Ok(response) => response,
        Err(Error::TicketInvalid) => start_again(&app, &parts.uri).into_response(),
        Err(error) => rejected_page(&app, &parts.headers, error, registration_code_title, |problem| {
            registration_code(RegistrationCode { problem: Some(problem), ..page(&email, &parts.uri, false) })
        }),
    })
}

async fn answer(
    app: &AppState,
    form: Result<FormBody<2>, Error>,
    ticket: String,
    parts: &Parts,
) -> Result<Response, Error> {
    let [code, is_resend] = form?.texts().clone();
    let browser = Browser::of_form(app, parts).await?;
    if !is_resend.is_empty() {
        resend(app, &browser, ticket).await?;
        let path = with_next(PATH, &parts.uri);
        let separator = if path.contains('?') { '&' } else { '?' };
        return Ok(Redirect::to(&format!("{path}{separator}resent")).into_response());
    }
    let (cookies, _) = finish(app, &browser, &ConfirmRegistration { ticket, code }).await?;
    let cleared = AppendHeaders([registration_cookie::clear(app.config.cookie_secure)]);
    let target = return_path(app, &parts.uri).to_string();
    Ok((cookies, cleared, Redirect::to(&target)).into_response())
}
