//! The forms of the pages, as a browser submits them without the WebAssembly. Success is a redirect; a rejected form is the
//! same page again, with what was entered, except passwords.

use app::FormReply;
use axum::{
    body::Body,
    extract::{Request, State},
    http::{header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use doorward_api::{Login, Register};

use super::{login_code, registration_code, render::render, return_path, session::PageSession};
use crate::{
    http::{
        auth::{Browser, Registration, log_in, log_out, start_registration},
        client_info::ClientInfo,
        cookies::{CredentialCookies, SetCookies},
        error::{Error, WithoutBody},
        form_body::FormBody,
        language::LanguagePreference,
    },
    state::AppState,
};

pub async fn login(State(app): State<AppState>, request: Request) -> Response {
    let app = &app;
    let log_in = |browser, [email, password]: [String; 2]| async move {
        log_in(app, &browser, &Login { email, password }).await.map(|(cookies, _)| Submitted::LoggedIn(cookies))
    };
    submit(app, request, ["email", "password"], log_in).await
}

pub async fn register(State(app): State<AppState>, request: Request) -> Response {
    let app = &app;
    let register = |browser, [name, email, password]: [String; 3]| async move {
        match start_registration(app, &browser, &Register { email, password, name }).await? {
            Registration::LoggedIn(cookies, _) => Ok(Submitted::LoggedIn(cookies)),
            Registration::Pending(pending) => Ok(Submitted::CodeSent(pending.ticket)),
        }
    };
    submit(app, request, ["name", "email", "password"], register).await
}

pub async fn logout(
    State(app): State<AppState>,
    client: ClientInfo,
    cookies: CredentialCookies,
) -> Result<(SetCookies, Redirect), Error> {
    Ok((log_out(&app, &client, &cookies).await?, Redirect::to("/login")))
}

/// What a form has led to.
enum Submitted {
    LoggedIn(SetCookies),
    /// The ticket of a registration that waits for its code.
    CodeSent(String),
}

/// Starts a session with the fields of a form.
async fn submit<const N: usize, F>(
    app: &AppState,
    request: Request,
    fields: [&'static str; N],
    start: impl FnOnce(Browser, [String; N]) -> F,
) -> Response
where
    F: Future<Output = Result<Submitted, Error>>,
{
    let (parts, body) = request.into_parts();
    let form = FormBody::read(fields, Request::from_parts(parts.clone(), body)).await;
    let entered = form.as_ref().map(FormBody::without_passwords).unwrap_or_default();
    let result = async {
        let values = form?.filled()?.clone();
        start(Browser::of_form(app, &parts).await?, values).await
    };
    let result = result.await;
    reply(app, result, entered, parts).await
}

/// A redirect to the return path with the cookies of the new session, the page for a code, or the page again.
async fn reply(
    app: &AppState,
    result: Result<Submitted, Error>,
    entered: Vec<(String, String)>,
    parts: Parts,
) -> Response {
    match result {
        Ok(Submitted::LoggedIn(cookies)) => {
            (cookies, Redirect::to(&return_path(app, &parts.uri).to_string())).into_response()
        }
        Ok(Submitted::CodeSent(ticket)) => registration_code::redirect(app, ticket, &parts.uri),
        Err(Error::SecondFactorRequired { ticket: Some((ticket, _)), .. }) => login_code::page(app, ticket, &parts),
        Err(error) => rejected(app, error, entered, parts).await,
    }
}

/// The page of the form, with the status and the messages of the error.
async fn rejected(app: &AppState, error: Error, entered: Vec<(String, String)>, parts: Parts) -> Response {
    let language = LanguagePreference::of(&app.config, &parts.headers).language();
    let reply = FormReply::new(error.problem(language), entered, matches!(error, Error::WebAssemblyRequired), language);
    // Keeps the status, `Retry-After` and extensions of the error, which the middleware counts and logs; this page replaces
    // the body.
    let (mut error, _) = error.into_response().into_parts();
    error.extensions.remove::<WithoutBody>();
    let mut page = render(app, &PageSession::Absent, Some(reply), Request::from_parts(parts, Body::empty())).await;
    *page.status_mut() = error.status;
    page.extensions_mut().extend(error.extensions);
    if let Some(seconds) = error.headers.get(header::RETRY_AFTER) {
        page.headers_mut().insert(header::RETRY_AFTER, seconds.clone());
    }
    page
}
