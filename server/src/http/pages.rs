//! The pages: rendered by Leptos on the server, hydrated in the browser.

use std::net::IpAddr;

use app::{
    App, Assets,
    components::{InspectorOn, PasswordRules, SessionScope},
    shell,
};
use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{
        HeaderValue, Method, StatusCode, Uri, header,
        uri::{Authority, PathAndQuery},
    },
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

/// A route for each page of the app; `/inspector` only if it is enabled.
pub fn routes(config: &Config) -> Router<AppState> {
    let pages = leptos_axum::generate_route_list(App);
    let enabled = pages.iter().filter(|page| config.inspector || page.path() != "/inspector");
    // The former path of the users page.
    let former = Router::new().route("/people", get(|| async { Redirect::permanent("/users") }));
    enabled.fold(former, |router, page| router.route(page.path(), get(show).post(form_before_hydration)))
}

async fn show(State(app): State<AppState>, request: Request) -> Response {
    match at_localhost(&app.public_url, &request) {
        Some(url) => Redirect::temporary(&url).into_response(),
        None => render(&app, request).await,
    }
}

/// The URL of a page that was requested at `127.0.0.1` or `[::1]`, where browsers are meant to open `localhost`: they keep
/// separate cookies for each, and passkeys work with names only.
fn at_localhost(public_url: &str, request: &Request) -> Option<String> {
    let host = request.headers().get(header::HOST)?.to_str().ok()?.parse::<Authority>().ok()?;
    let address: IpAddr = host.host().trim_matches(['[', ']']).parse().ok()?;
    let is_localhost = public_url.parse::<Uri>().is_ok_and(|url| url.host() == Some("localhost"));
    (address.is_loopback() && is_localhost)
        .then(|| format!("{public_url}{}", request.uri().path_and_query().map_or("/", PathAndQuery::as_str)))
}

/// Requests without a route: a static file, or 404.
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

/// A form that was submitted before hydration. Its fields, which may hold a password, are neither read nor logged. Redirects
/// to the form's own page and keeps the query, because that holds the return path; the page validates it as always.
async fn form_before_hydration(uri: Uri) -> Redirect {
    // Encoded again, in ASCII: the client may have sent bytes that are not allowed in a header.
    let rest = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).filter(|(name, _)| name != "early");
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(rest).append_pair("early", "1").finish();
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

    let options = leptos_options();
    let page = move || shell(options.clone());
    let mut response = complete(leptos_axum::render_app_to_stream_with_context(context, page)(request).await).await;
    // Leptos replaces a redirect with this header for clients that do not accept HTML.
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

/// Scripts need the nonce of this response, everything else comes from this origin.
fn content_security_policy(nonce: &Nonce) -> String {
    // `cargo leptos watch` reloads pages over a WebSocket.
    let reload = if cfg!(debug_assertions) { " ws://127.0.0.1:3001 ws://localhost:3001" } else { "" };
    format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self'; connect-src 'self'{reload}; manifest-src 'self'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'"
    )
}

/// Used only by `cargo leptos watch`.
fn leptos_options() -> LeptosOptions {
    get_configuration(None)
        .map_or_else(|_| LeptosOptions::builder().output_name("doorward").build(), |config| config.leptos_options)
}
