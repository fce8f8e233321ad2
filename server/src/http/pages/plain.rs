//! Pages that are plain HTML forms: no scripts, no WebAssembly. They work in text browsers, and when everything else is broken.

use axum::{
    extract::{FromRequestParts, Request},
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{Html, IntoResponse, Response},
};
use doorward_api::Problem;
use leptos::{nonce::Nonce, prelude::*};
use url::form_urlencoded;

use super::{
    brand::{brand, document_assets},
    render::{form_action, set_headers},
};
use crate::{
    http::{
        client_info::ClientInfo,
        error::{Error, WithoutBody},
        form_body::FormBody,
        language::LanguagePreference,
    },
    state::AppState,
};

/// A submitted form of a plain page.
pub struct SubmittedForm<const N: usize> {
    pub headers: HeaderMap,
    pub client: ClientInfo,
    pub body: FormBody<N>,
}

/// Reads a form with these fields. An error is the response: such a request does not come from the page.
pub async fn read_form<const N: usize>(
    app: &AppState,
    request: Request,
    fields: [&'static str; N],
) -> Result<SubmittedForm<N>, Error> {
    let (mut parts, body) = request.into_parts();
    let headers = parts.headers.clone();
    let client = ClientInfo::from_request_parts(&mut parts, app).await;
    let body = FormBody::read(fields, Request::from_parts(parts, body)).await;
    Ok(SubmittedForm { headers, client: client?, body: body? })
}

/// Renders a plain page in the language of the request. `title` and `content` are called in that language.
pub fn plain_page<V: IntoView>(
    app: &AppState,
    headers: &HeaderMap,
    status: StatusCode,
    title: impl FnOnce() -> String,
    content: impl FnOnce() -> V,
) -> Response {
    let preference = LanguagePreference::of(&app.config, headers);
    let language = preference.language();
    let nonce = Nonce::new();
    let form_action = form_action(app);
    let policy = format!(
        "default-src 'none'; style-src 'self' 'nonce-{nonce}'; img-src 'self'; font-src 'self'; manifest-src 'self'; \
         form-action {form_action}; base-uri 'none'; frame-ancestors 'none'"
    );
    let assets = document_assets(&app.config, language);
    let document = app::plain_page(assets, brand(&app.config), language, nonce, title, content);
    let mut response = (status, Html(document)).into_response();
    set_headers(&mut response, &policy);
    response.headers_mut().insert(X_ROBOTS_TAG, HeaderValue::from_static("noindex"));
    preference.set_headers(response.headers_mut());
    response
}

/// The page of a form that was rejected: with the status, `Retry-After` and extensions of the error, which the layer around the
/// handlers counts and logs. `content` gets the problem in the language of the request.
pub fn rejected_page<V: IntoView>(
    app: &AppState,
    headers: &HeaderMap,
    error: Error,
    title: impl FnOnce() -> String,
    content: impl FnOnce(Problem) -> V,
) -> Response {
    let problem = error.problem(LanguagePreference::of(&app.config, headers).language());
    let (mut error, _) = error.into_response().into_parts();
    error.extensions.remove::<WithoutBody>();
    let mut page = plain_page(app, headers, error.status, title, || content(problem));
    page.extensions_mut().extend(error.extensions);
    if let Some(seconds) = error.headers.get(header::RETRY_AFTER) {
        page.headers_mut().insert(header::RETRY_AFTER, seconds.clone());
    }
    page
}

/// The value of a parameter in the query of a page; of a repeated one, the first.
pub fn query_value(uri: &Uri, name: &str) -> Option<String> {
    let mut query = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    query.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

const X_ROBOTS_TAG: header::HeaderName = header::HeaderName::from_static("x-robots-tag");
