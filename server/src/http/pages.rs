//! The pages: Leptos, rendered here and taken over by the browser.

use app::{
    App, Assets,
    components::{InspectorOn, PasswordRules, SessionScope},
    shell,
};
use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use doorward::HasSessionCookie;
use leptos::{
    config::{LeptosOptions, get_configuration},
    nonce::Nonce,
    prelude::provide_context,
};
use url::form_urlencoded;

use super::{assets, cookies};
use crate::{config::Config, http::error::Error, state::AppState};

/// A route for each page of the app's page map that there is here: the rest is for the fallback.
pub fn routes(config: &Config) -> Router<AppState> {
    let pages = leptos_axum::generate_route_list(App);
    let here = pages.iter().filter(|page| config.inspector || page.path() != "/inspector");
    // The former path of the users page.
    let former = Router::new().route("/people", get(|| async { Redirect::permanent("/users") }));
    here.fold(former, |router, page| router.route(page.path(), get(show).post(too_early)))
}

async fn show(State(app): State<AppState>, request: Request) -> Response {
    render(&app, request).await
}

/// What no route has taken: a static file, or nothing.
pub async fn fallback(State(app): State<AppState>, request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Error::NotFound.into_response();
    }
    if let Some(file) = assets::file(request.uri(), request.headers()) {
        return file;
    }
    let mut page = render(&app, request).await;
    *page.status_mut() = StatusCode::NOT_FOUND;
    page
}

/// A form that was sent before the WebAssembly had arrived: its fields are neither read nor logged (CLIENT 30). It leads
/// back to its own page and keeps the query, which holds the return path; the page trusts that no more than before.
async fn too_early(uri: Uri) -> Redirect {
    // Written anew, in ASCII: a client may send other bytes, which have no place in a header.
    let old = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).filter(|(name, _)| name != "early");
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(old).append_pair("early", "1").finish();
    Redirect::to(&format!("{}?{query}", uri.path()))
}

async fn render(app: &AppState, request: Request) -> Response {
    let nonce = Nonce::new();
    let policy = content_security_policy(&nonce);
    let has_cookie = HasSessionCookie(cookies::is_present(request.headers(), app.config.cookie_secure));
    let rules = PasswordRules { min_length: app.config.password_min_length };
    let inspector = InspectorOn(app.config.inspector);
    let session_scope = SessionScope::of_policies(app.policies.all().map(|policy| policy.name));
    let assets: Assets = assets::names();
    let context = move || {
        provide_context(rules);
        provide_context(inspector);
        provide_context(session_scope);
        provide_context(nonce.clone());
        provide_context(has_cookie);
        provide_context(assets.clone());
    };

    let options = options();
    let page = move || shell(options.clone());
    let mut response = leptos_axum::render_app_to_stream_with_context(context, page)(request).await;
    // Leptos tells clients that do not ask for HTML in words of its own; a redirect is one for everybody.
    if response.headers_mut().remove("serverfnredirect").is_some() {
        *response.status_mut() = StatusCode::FOUND;
    }
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

/// Where `cargo leptos watch` is to be asked for changes; of no consequence otherwise.
fn options() -> LeptosOptions {
    get_configuration(None)
        .map_or_else(|_| LeptosOptions::builder().output_name("doorward").build(), |config| config.leptos_options)
}
