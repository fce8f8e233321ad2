//! HTTP: every URL on one screen, and the layers around them.

mod account;
mod account_data;
mod api_description;
mod assets;
mod audit_events;
mod auth;
mod caller;
mod client_info;
mod cookies;
mod csrf;
mod device_cookie;
mod email_change;
mod email_verification;
pub mod error;
mod expected_session;
mod factor_reset;
mod factor_setup;
mod form_body;
mod functions;
mod health;
pub mod invalid_fields;
mod invitations;
mod json;
mod keys;
mod language;
mod metrics;
mod middleware;
mod negotiation;
mod node_freshness;
mod pages;
mod pagination;
mod passkey_assertion;
mod passkeys;
mod problem;
mod query;
mod refusal_events;
mod registration_cookie;
mod request_body;
mod request_id;
mod request_target;
mod request_timer;
mod response_headers;
mod revocation_feed;
mod role;
mod security;
pub mod server;
mod session_end_stream;
mod sessions;
mod step_up;
mod totp;
mod trace_context;
mod users;

use std::sync::LazyLock;

use app::functions::ChangeName;
use axum::{
    Router,
    body::Bytes,
    http::header,
    middleware::from_fn_with_state,
    routing::{any, get, post},
};
use utoipa::{
    OpenApi,
    openapi::{
        self,
        security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme},
    },
};
use utoipa_axum::{router::OpenApiRouter, routes};

use self::{
    error::Error,
    middleware::{Guard, Rules},
    node_freshness::require_fresh_node,
};
use crate::state::AppState;

#[derive(OpenApi)]
#[openapi(
    // The API version; the build version is not disclosed.
    info(title = "Doorward", version = "1", description = "Login, sessions and tokens.", license(name = "MIT OR Apache-2.0")),
    tags(
        (name = "auth", description = "Register, log in, refresh, confirm, log out"),
        (name = "account", description = "The caller's account"),
        (name = "sessions", description = "The caller's sessions: list, label, end"),
        (name = "admin", description = "User management; requires the role `admin`"),
        (name = "keys", description = "For services that verify access tokens themselves"),
        (name = "operation", description = "Health, readiness and metrics, for the operator"),
    ),
)]
struct Description;

/// The endpoints that start, refresh or confirm a session and return a token response. Further login endpoints belong here.
fn logins() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(auth::register))
        .routes(routes!(auth::confirm_registration))
        .routes(routes!(auth::login))
        .routes(routes!(auth::login_with_passkey))
        .routes(routes!(auth::second_factor))
        .routes(routes!(auth::refresh))
        .routes(routes!(auth::confirm))
}

fn api() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(auth::methods))
        .routes(routes!(auth::challenge))
        .routes(routes!(auth::resend_code))
        .routes(routes!(auth::logout))
        .routes(routes!(auth::forgot))
        .routes(routes!(auth::reset))
        .routes(routes!(account::me))
        .routes(routes!(account::show, account::update, account_data::delete_account))
        .routes(routes!(account_data::export_account))
        .routes(routes!(account::change_password))
        .routes(routes!(email_change::change_email, email_change::confirm_email, email_change::cancel_email_change))
        .routes(routes!(email_verification::ask_verification, email_verification::verify_email))
        .routes(routes!(security::account_security))
        .routes(routes!(security::set_second_step))
        .routes(routes!(security::make_recovery_codes))
        .routes(routes!(totp::begin_totp, totp::finish_totp, totp::remove_totp))
        .routes(routes!(passkeys::accepted, passkeys::add))
        .routes(routes!(passkeys::rename, passkeys::remove))
        .routes(routes!(audit_events::audit_events))
        .routes(routes!(sessions::list, sessions::end_everywhere))
        .routes(routes!(sessions::end_others))
        .routes(routes!(session_end_stream::session_end_stream))
        .routes(routes!(sessions::rename, sessions::end))
        .routes(routes!(users::users, invitations::invite))
        .routes(routes!(users::disable))
        .routes(routes!(users::enable))
        .routes(routes!(users::end_sessions))
        .routes(routes!(users::reset_password))
        .routes(routes!(factor_reset::reset_second_factor))
}

/// For services that verify access tokens themselves, and for password managers.
fn well_known() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(keys::jwks)).routes(routes!(passkeys::passkey_endpoints))
}

fn feed() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(revocation_feed::revocations))
}

fn operation() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(health::health)).routes(routes!(health::readiness))
}

fn metrics() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(metrics::metrics))
}

/// The API in OpenAPI 3.1, generated from the handlers.
pub fn openapi() -> openapi::OpenApi {
    let groups = [logins(), well_known(), feed(), operation(), metrics()];
    let mut api = groups.into_iter().fold(api(), OpenApiRouter::merge).into_openapi();
    let components = api.components.get_or_insert_default();
    components.add_security_scheme("access_token", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    let cookie = ApiKeyValue::with_description(
        "__Host-Http-session",
        "Replaces tokens under the policy `server-session`. `Doorward-Session: <id>` may name the expected session; if the \
         cookie belongs to another one, the request is rejected.",
    );
    components.add_security_scheme(COOKIE, SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));

    // Endpoints that accept an access token accept the cookie, too.
    api_description::complete(&mut api, COOKIE);
    api
}

/// The name of the security scheme in the API description.
const COOKIE: &str = "session_cookie";

/// Generated at the first request for it.
static OPENAPI: LazyLock<Bytes> = LazyLock::new(|| serde_json::to_vec(&openapi()).unwrap_or_default().into());

/// The whole server: API, pages and static files. Requests must carry the peer's address
/// (`into_make_service_with_connect_info::<SocketAddr>()`).
pub fn router(app: AppState) -> Router {
    let group = |router, rules| group(&app, router, rules);
    let logins = Router::from(logins()).route_layer(from_fn_with_state(app.clone(), require_fresh_node));
    let api = Router::from(api())
        .merge(logins)
        .route("/api/openapi.json", get(|| async { ([(header::CONTENT_TYPE, "application/json")], OPENAPI.clone()) }))
        .route("/api/fn/change_name", post(functions::call::<ChangeName>))
        .route("/api", any(|| async { Error::NotFound }))
        .route("/api/", any(|| async { Error::NotFound }))
        .route("/api/{*rest}", any(|| async { Error::NotFound }));
    let feed = group(feed().into(), Rules::WELL_KNOWN.with_wait(revocation_feed::MAX_WAIT));

    let metrics = if app.config.metrics_listen.is_some() { Router::new() } else { metrics().into() };

    group(pages::routes(&app.config).fallback(pages::fallback), Rules::PAGES)
        .merge(group(api, Rules::API))
        .merge(group(well_known().into(), Rules::WELL_KNOWN))
        .merge(feed)
        .merge(group(Router::from(operation()).merge(metrics), Rules::OPERATION))
        .with_state(app)
}

/// What is served at `metrics_listen`.
pub fn metrics_router(app: AppState) -> Router {
    let router = Router::from(metrics()).fallback(|| async { Error::NotFound });
    group(&app, router, Rules::OPERATION).with_state(app)
}

/// Routes with the same rules.
fn group(app: &AppState, router: Router<AppState>, rules: Rules) -> Router<AppState> {
    router.method_not_allowed_fallback(|| async { Error::MethodNotAllowed }).layer(Guard::new(app, rules))
}
