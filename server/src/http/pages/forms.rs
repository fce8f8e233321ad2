//! The forms of the pages, as a browser submits them without the program. Success is a redirect; a rejected form is the same
//! page again, with what was entered, except passwords.

use app::FormReply;
use axum::{
    body::Body,
    extract::{FromRequestParts, Request, State},
    http::{header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use doorward_api::{Login, Register, TokenResponse};

use super::{render::render, return_path, session::PageSession};
use crate::{
    http::{
        auth::{Browser, create_account, log_in, log_out},
        client_info::ClientInfo,
        cookies::{CredentialCookies, SetCookies},
        error::{Error, WithoutBody},
        form_body::FormBody,
        language::LanguagePreference,
    },
    state::AppState,
};

pub async fn login(State(app): State<AppState>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let form = FormBody::read(["email", "password"], Request::from_parts(parts.clone(), body)).await;
    let entered = form.as_ref().map(FormBody::without_passwords).unwrap_or_default();
    let started = async {
        let [email, password] = form?.filled()?.clone();
        log_in(&app, &browser(&app, &parts).await?, &Login { email, password }).await
    };
    let started = started.await;
    reply(&app, started, entered, parts).await
}

pub async fn register(State(app): State<AppState>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let form = FormBody::read(["name", "email", "password"], Request::from_parts(parts.clone(), body)).await;
    let entered = form.as_ref().map(FormBody::without_passwords).unwrap_or_default();
    let started = async {
        let [name, email, password] = form?.filled()?.clone();
        create_account(&app, &browser(&app, &parts).await?, &Register { email, password, name }).await
    };
    let started = started.await;
    reply(&app, started, entered, parts).await
}

pub async fn logout(
    State(app): State<AppState>,
    client: ClientInfo,
    cookies: CredentialCookies,
) -> Result<(SetCookies, Redirect), Error> {
    Ok((log_out(&app, &client, &cookies).await?, Redirect::to("/login")))
}

async fn browser(app: &AppState, parts: &Parts) -> Result<Browser, Error> {
    let browser = Browser::from_request_parts(&mut parts.clone(), app).await?;
    Ok(Browser { has_cookies_only: true, ..browser })
}

/// A redirect to the return path with the cookies of the new session, or the page again.
async fn reply(
    app: &AppState,
    started: Result<(SetCookies, TokenResponse), Error>,
    entered: Vec<(String, String)>,
    parts: Parts,
) -> Response {
    match started {
        Ok((cookies, _)) => (cookies, Redirect::to(&return_path(app, &parts.uri).to_string())).into_response(),
        Err(error) => rejected(app, error, entered, parts).await,
    }
}

/// The page of the form, with the status and the sentences of the error.
async fn rejected(app: &AppState, error: Error, entered: Vec<(String, String)>, parts: Parts) -> Response {
    let language = LanguagePreference::of(&app.config, &parts.headers).language();
    let reply = FormReply::new(error.problem(language), entered, matches!(error, Error::WebAssemblyRequired), language);
    // For the layer around all handlers, too, which counts and logs. The body is this page.
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
