//! `/forgot`: asks for a link to set a new password.

use app::plain::{ForgotState, forgot, forgot_title};
use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};

use super::{
    fallback,
    plain::{plain_page, query_value, rejected_page},
};
use crate::{
    http::{
        auth::ask_for_reset, client_info::ClientInfo, error::Error, form_body::FormBody, language::LanguagePreference,
    },
    state::AppState,
};

/// Where a request for a link leads.
const SENT: &str = "/forgot?sent";

pub async fn show(State(app): State<AppState>, request: Request) -> Response {
    if !app.mailer.is_on() {
        return fallback(State(app), request).await;
    }
    let is = |name| query_value(request.uri(), name).is_some();
    let state = if is("sent") {
        ForgotState::Sent(app.config.reset_lifetime.as_secs())
    } else if is("reported") {
        ForgotState::Reported
    } else {
        ForgotState::New
    };
    plain_page(&app, request.headers(), StatusCode::OK, forgot_title, || forgot(state))
}

pub async fn submit(State(app): State<AppState>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let headers = parts.headers.clone();
    let client = ClientInfo::from_request_parts(&mut parts, &app).await;
    let form = FormBody::read(["email"], Request::from_parts(parts, body)).await;
    let entered = form.as_ref().map(|form| form.texts()[0].clone()).unwrap_or_default();
    match ask(&app, &headers, client, form).await {
        Ok(()) => Redirect::to(SENT).into_response(),
        // As if there were no such page.
        Err(Error::NotFound) => Error::NotFound.into_response(),
        Err(error) => rejected_page(&app, &headers, error, forgot_title, |problem| {
            forgot(ForgotState::Rejected(Box::new(problem), entered))
        }),
    }
}

async fn ask(
    app: &AppState,
    headers: &HeaderMap,
    client: Result<ClientInfo, Error>,
    form: Result<FormBody<1>, Error>,
) -> Result<(), Error> {
    if !app.mailer.is_on() {
        return Err(Error::NotFound);
    }
    let language = LanguagePreference::of(&app.config, headers).language();
    let form = form?;
    let [email] = form.filled()?;
    ask_for_reset(app, &client?, language, email).await
}
