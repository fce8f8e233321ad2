//! The pages: Leptos, rendered here and taken over by the browser.

use app::{Assets, client::HasSessionCookie, shell};
use axum::{
    extract::{Request, State},
    http::{HeaderValue, Method, header},
    response::{IntoResponse, Redirect, Response},
};
use leptos::{nonce::Nonce, prelude::provide_context};

use super::{assets, cookies};
use crate::{error::Error, state::AppState};

/// Tells Leptos to run its tasks on Tokio. Once per process is enough; more do no harm.
pub fn start() {
    let _ = any_spawner::Executor::init_tokio();
}

/// Everything that no other route has taken: a static file, a page, or a form that was sent before the page was ready.
pub async fn page(State(app): State<AppState>, request: Request) -> Response {
    if request.uri().path().starts_with("/api/") || request.uri().path() == "/api" {
        return Error::NotFound.into_response();
    }
    match *request.method() {
        Method::GET | Method::HEAD => {}
        Method::POST => return too_early(&request),
        _ => return Error::MethodNotAllowed.into_response(),
    }
    if let Some(file) = assets::file(request.uri(), request.headers()) {
        return file;
    }
    render(&app, request).await
}

/// A form that was sent before the WebAssembly had arrived: its fields are neither read nor logged (CLIENT 30).
fn too_early(request: &Request) -> Response {
    // Only the path, and as one: `//host` would lead elsewhere.
    let path = format!("/{}?early=1", request.uri().path().trim_start_matches('/'));
    Redirect::to(&path).into_response()
}

async fn render(app: &AppState, request: Request) -> Response {
    let nonce = Nonce::new();
    let policy = content_security_policy(&nonce);
    let has_cookie = HasSessionCookie(cookies::is_present(request.headers(), app.config.cookie_secure));
    let assets: Assets = assets::names();
    let context = move || {
        provide_context(nonce.clone());
        provide_context(has_cookie);
        provide_context(assets.clone());
    };

    let mut response = leptos_axum::render_app_to_stream_with_context(context, shell)(request).await;
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Scripts need the nonce of this very answer; nothing else may run, and nothing comes from elsewhere (R78).
fn content_security_policy(nonce: &Nonce) -> String {
    // `cargo leptos watch` reloads pages over a connection of its own.
    let reload = if cfg!(debug_assertions) { " ws://127.0.0.1:3001 ws://localhost:3001" } else { "" };
    format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self'; connect-src 'self'{reload}; manifest-src 'self'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'"
    )
}
