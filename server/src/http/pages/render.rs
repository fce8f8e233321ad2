//! Renders a page.

use std::env;

use app::{FormReply, PageData, SessionScope, router::RequestUrl, shell};
use axum::{
    body::Body,
    extract::Request,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use leptos::{
    config::{LeptosOptions, get_configuration},
    nonce::Nonce,
    prelude::provide_context,
};
use url::Url;

use super::{
    brand::{brand, document_assets, tab_bound_brand},
    session::PageSession,
};
use crate::{
    http::{error::Error, language::LanguagePreference},
    model::session_end::SessionEnd,
    state::AppState,
};

/// Renders the page at the path of the request. `form_reply`: the reply to a form that was submitted there.
pub async fn render(
    app: &AppState,
    session: &PageSession,
    form_reply: Option<FormReply>,
    request: Request,
) -> Response {
    let nonce = Nonce::new();
    let policy = content_security_policy(app, &nonce);
    let data = page_data(app, session, form_reply);
    let preference = LanguagePreference::of(&app.config, request.headers());
    let language = preference.language();
    let assets = document_assets(&app.config, language);
    let url = RequestUrl::new(request.uri().path(), request.uri().query());
    let context = move || {
        provide_context(url.clone());
        data.clone().provide();
        provide_context(nonce.clone());
        provide_context(assets.clone());
        provide_context(language);
    };

    let options = leptos_options();
    let page = move || shell(options.clone());
    let mut response = complete(leptos_axum::render_app_to_stream_with_context(context, page)(request).await).await;
    set_headers(&mut response, &policy);
    preference.set_headers(response.headers_mut());
    response
}

/// The headers of every HTML document.
pub fn set_headers(response: &mut Response, content_security_policy: &str) {
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(content_security_policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // With `no-referrer`, browsers send `Origin: null` with our own forms.
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("strict-origin"));
}

fn page_data(app: &AppState, session: &PageSession, form_reply: Option<FormReply>) -> PageData {
    let end = if let PageSession::Ended(end) = session { Some(end) } else { None };
    let session_scope = session_scope(app);
    let is_in_tab = session_scope != SessionScope::Browser;
    PageData {
        may_be_logged_in: !session.is_absent_or_ended(),
        end_reason: end.map(|end| end.reason),
        end_details: end.and_then(SessionEnd::to_api),
        has_mail: app.mailer.is_on(),
        has_passkeys: app.relying_party.is_some(),
        password_min_length: app.config.password_min_length,
        has_inspector: app.config.inspector && cfg!(feature = "inspector"),
        session_scope,
        registration: app.config.registration,
        brand: if is_in_tab { tab_bound_brand(&app.config) } else { brand(&app.config) },
        form_reply,
    }
}

pub fn session_scope(app: &AppState) -> SessionScope {
    SessionScope::of_policies(app.policies.all().map(|policy| policy.name))
}

/// Renders to the end: what a client does not receive must not keep the state of the renderer alive. No page waits for data.
async fn complete(response: Response) -> Response {
    let (head, body) = response.into_parts();
    match axum::body::to_bytes(body, usize::MAX).await {
        Ok(html) => Response::from_parts(head, Body::from(html)),
        Err(error) => {
            tracing::error!(%error, "rendering a page failed");
            Error::Internal.into_response()
        }
    }
}

/// Scripts and styles in the document need the nonce of this response, everything else comes from this origin.
fn content_security_policy(app: &AppState, nonce: &Nonce) -> String {
    let form_action = form_action(app);
    let reload = reload_sockets();
    format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self' \
         'nonce-{nonce}'; img-src 'self'; font-src 'self'; connect-src 'self'{reload}; manifest-src 'self'; \
         form-action {form_action}; base-uri 'none'; frame-ancestors 'none'"
    )
}

/// Where forms lead to. Browsers apply it to the redirect after a form, too.
pub fn form_action(app: &AppState) -> String {
    let home = app.config.home.as_deref().and_then(|home| Url::parse(home).ok());
    let home = home.map(|home| format!(" {}", home.origin().ascii_serialization())).unwrap_or_default();
    format!("'self'{home}")
}

/// The sockets over which `cargo leptos watch` reloads pages.
fn reload_sockets() -> String {
    if !cfg!(debug_assertions) || env::var_os("LEPTOS_WATCH").is_none() {
        return String::new();
    }
    let options = leptos_options();
    let port = options.reload_external_port.unwrap_or(options.reload_port);
    format!(" ws://127.0.0.1:{port} ws://localhost:{port}")
}

/// Used only by `cargo leptos watch`.
fn leptos_options() -> LeptosOptions {
    get_configuration(None)
        .map_or_else(|_| LeptosOptions::builder().output_name("doorward").build(), |config| config.leptos_options)
}
