//! The pages: rendered by Leptos on the server, taken over by the WebAssembly in the browser. All of them work without it.

mod arrival;
mod brand;
mod catalogs;
mod email_undo;
mod error_page;
mod forgot;
mod forms;
mod invitation;
mod localhost;
mod login_code;
mod mailbox;
mod not_me;
mod plain;
mod registration_code;
mod render;
mod reset;
mod session;
mod undo;

use any_spawner::Executor;
use app::{PAGES, ReturnPath, plain::Undo, router::Audience};
use axum::{
    Router,
    extract::{Request, State},
    http::{Method, StatusCode, Uri, uri::PathAndQuery},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use doorward_api::EndReason;
use percent_encoding::{CONTROLS, percent_decode_str, utf8_percent_encode};
use tower_http::{CompressionLevel, compression::CompressionLayer};
use url::form_urlencoded;

use self::{arrival::arrival, localhost::at_localhost, render::render, session::PageSession};
use super::assets;
use crate::{config::Config, http::error::Error, model::session_end::SessionEnd, state::AppState};

pub use error_page::set_error_page;

/// Maximum length of a URL in a redirect. One to the login page has a return path, whose characters may need three each.
const MAX_REDIRECT_BYTES: usize = 8 * 1024;

/// A route for each page of the app; `/inspector` only if it is enabled.
pub fn routes(config: &Config) -> Router<AppState> {
    // Where Leptos spawns its tasks.
    _ = Executor::init_tokio();
    let has_inspector = config.inspector && cfg!(feature = "inspector");
    let enabled = PAGES.iter().filter(|page| has_inspector || page.path != "/inspector");
    let pages = enabled.fold(Router::new(), |router, page| {
        let methods = match page.audience {
            Audience::Everyone => get(home),
            Audience::Guests => get(guest_page),
            // Their forms are built by the WebAssembly.
            Audience::Users => get(protected_page).post(reload),
        };
        router.route(page.path, methods)
    });
    pages
        .merge(brand::routes(config))
        .merge(catalogs::routes())
        .merge(mailbox::routes(config))
        .route("/login", post(forms::login))
        .route("/login/code", get(login_code::show).post(login_code::submit))
        .route("/register", post(forms::register))
        .route("/register/code", get(registration_code::show).post(registration_code::submit))
        .route("/invite", get(invitation::show).post(invitation::submit))
        .route("/logout", post(forms::logout))
        .route("/forgot", get(forgot::show).post(forgot::submit))
        .route("/reset", get(reset::show).post(reset::submit))
        .route("/email/undo", get(email_undo::show).post(email_undo::submit))
        .route("/not-me", get(not_me::show).post(not_me::submit))
        .merge(undoing(Undo::Deletion))
        .merge(undoing(Undo::FactorReset))
        // The former path of the users page.
        .route("/people", get(|| async { Redirect::permanent("/users") }))
        // Where password managers lead to (W3C, "A Well-Known URL for Changing Passwords").
        .route("/.well-known/change-password", get(|| async { Redirect::temporary("/account") }))
        // More would cost more time than it saves.
        .layer(CompressionLayer::new().quality(CompressionLevel::Precise(5)))
}

fn undoing(undo: Undo) -> Router<AppState> {
    let page = get(move |app, request| undo::show(undo, app, request));
    Router::new().route(undo::path(undo), page.post(move |app, request| undo::submit(undo, app, request)))
}

/// The demo page, or a redirect to where a visitor is meant to be.
async fn home(State(app): State<AppState>, session: PageSession, request: Request) -> Response {
    if app.config.demo {
        return show(&app, &session, request).await;
    }
    // One that is `/` itself is served by another application, which a proxy puts in front of this one.
    let home = app.config.home.as_deref().filter(|home| home.split(['?', '#']).next() != Some("/"));
    let target = home.unwrap_or(if session.is_absent_or_ended() { "/login" } else { "/account" });
    Redirect::to(target).into_response()
}

/// A page to log in. A user who is logged in is redirected to the return path.
async fn guest_page(State(app): State<AppState>, session: PageSession, request: Request) -> Response {
    match session {
        PageSession::Live => Redirect::to(&return_path(&app, request.uri()).to_string()).into_response(),
        _ => match arrival(&app, &session, request.headers()) {
            Some(page) => page,
            None => show(&app, &session, request).await,
        },
    }
}

/// A page of a user. Without a session, it redirects to the login page.
async fn protected_page(State(app): State<AppState>, session: PageSession, request: Request) -> Response {
    if !session.is_absent_or_ended() {
        return show(&app, &session, request).await;
    }
    if let Some(page) = arrival(&app, &session, request.headers()) {
        return page;
    }
    // After a logout, the next login starts at the account page.
    let was_logged_out = matches!(&session, PageSession::Ended(SessionEnd { reason: EndReason::LoggedOut, .. }));
    let path = request.uri().path_and_query().map_or("/", PathAndQuery::as_str);
    match ReturnPath::parse(path).filter(|_| !was_logged_out) {
        Some(path) => Redirect::to(&path.through("/login")).into_response(),
        None => Redirect::to("/login").into_response(),
    }
}

async fn show(app: &AppState, session: &PageSession, request: Request) -> Response {
    match at_localhost(&app.public_url, &request) {
        Some(url) => redirect(Redirect::temporary, &url),
        None => render(app, session, None, request).await,
    }
}

/// A redirect to a URL that the client has made. A small request must not have a large response.
fn redirect(redirect: impl FnOnce(&str) -> Redirect, url: &str) -> Response {
    if url.len() > MAX_REDIRECT_BYTES { Error::TargetTooLong.into_response() } else { redirect(url).into_response() }
}

async fn reload(uri: Uri) -> Redirect {
    Redirect::to(uri.path())
}

/// The return path in the query of a page to log in, or the home page.
fn return_path(app: &AppState, uri: &Uri) -> ReturnPath {
    let mut query = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let next = query.find(|(name, _)| name == "next");
    next.and_then(|(_, path)| ReturnPath::parse(&path)).unwrap_or_else(|| ReturnPath::home(&brand::brand(&app.config)))
}

/// `path` with the return path of this page, if it has a valid one.
fn with_next(path: &str, uri: &Uri) -> String {
    let next = plain::query_value(uri, "next").as_deref().and_then(ReturnPath::parse);
    next.map_or_else(|| path.to_owned(), |next| next.through(path))
}

/// Requests without a route: a page under another spelling of its path, a static file, or 404.
pub async fn fallback(State(app): State<AppState>, request: Request) -> Response {
    if let Some(path) = canonical(request.uri()) {
        return redirect(Redirect::permanent, &path);
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Error::NotFound.into_response();
    }
    if let Some(file) = assets::file(request.uri(), request.headers()) {
        return file;
    }
    let mut page = render(&app, &PageSession::Absent, None, request).await;
    *page.status_mut() = StatusCode::NOT_FOUND;
    page
}

/// The path and query of a page whose path is spelled in another way: with a slash at the end, or encoded.
fn canonical(uri: &Uri) -> Option<String> {
    let decoded = percent_decode_str(uri.path()).decode_utf8().ok()?;
    let segments: Vec<_> = decoded.split('/').filter(|segment| !segment.is_empty()).collect();
    let path = format!("/{}", segments.join("/"));
    let is_page = PAGES.iter().any(|page| page.path == path);
    // In ASCII: the client may have sent bytes that are not allowed in a header.
    let query = uri.query().map(|query| format!("?{}", utf8_percent_encode(query, CONTROLS))).unwrap_or_default();
    (is_page && path != uri.path()).then(|| path + &query)
}
