//! HTTP: every URL on one screen, and what holds for all of them.

mod account;
mod activity;
mod admin;
mod assets;
mod auth;
mod caller;
mod cookies;
mod csrf;
pub mod error;
mod events;
mod extract;
mod fresh_keys;
mod functions;
mod health;
mod keys;
mod metrics;
mod middleware;
mod pages;
mod request_id;
mod response_headers;
mod revocations;
mod role;
pub mod server;
mod sessions;

use std::sync::LazyLock;

use app::functions::ChangeName;
use axum::{
    Json, Router,
    middleware::from_fn_with_state,
    routing::{any, get, post},
};
use utoipa::{
    OpenApi,
    openapi::{
        self,
        security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme},
    },
};
use utoipa_axum::{router::OpenApiRouter, routes};

use self::{
    error::Error,
    fresh_keys::require_fresh_keys,
    middleware::{Guard, Rules},
};
use crate::state::AppState;

#[derive(OpenApi)]
#[openapi(
    info(title = "Doorward", description = "Login, sessions and tokens.", license(name = "MIT OR Apache-2.0")),
    tags(
        (name = "auth", description = "Register, log in, refresh, log out"),
        (name = "account", description = "One's own account"),
        (name = "sessions", description = "Where one is logged in, and the end of it"),
        (name = "admin", description = "For whoever looks after the accounts: needs the role `admin`"),
        (name = "keys", description = "What other services need to check access tokens"),
        (name = "operation", description = "For whoever operates the server"),
    ),
)]
struct Description;

/// What begins or renews a session: these answer with a token response. A further way to log in belongs here.
fn logins() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(auth::register)).routes(routes!(auth::login)).routes(routes!(auth::refresh))
}

fn api() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(auth::logout))
        .routes(routes!(account::me))
        .routes(routes!(account::show))
        .routes(routes!(account::change_password))
        .routes(routes!(activity::activity))
        .routes(routes!(sessions::list, sessions::end_everywhere))
        .routes(routes!(sessions::end_others))
        .routes(routes!(events::events))
        .routes(routes!(sessions::rename, sessions::end))
        .routes(routes!(admin::users))
}

/// For services that verify access tokens by themselves.
fn well_known() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(keys::jwks))
}

fn feed() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(revocations::revocations))
}

fn operation() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(health::alive)).routes(routes!(health::ready)).routes(routes!(metrics::metrics))
}

/// The API in OpenAPI 3.1, generated from the handlers.
pub fn openapi() -> openapi::OpenApi {
    let groups = [logins(), well_known(), feed(), operation()];
    let mut api = groups.into_iter().fold(api(), OpenApiRouter::merge).into_openapi();
    let components = api.components.get_or_insert_default();
    components.add_security_scheme("access_token", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    let cookie = ApiKeyValue::with_description(
        "__Host-Http-session",
        "Under the policy `server-session`, in place of tokens. `Doorward-Session: <id>` may name the session that is meant; \
         if the cookie is of another one, the request is refused.",
    );
    components.add_security_scheme(COOKIE, SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));

    // Whatever takes an access token takes the cookie, too.
    let operations = api
        .paths
        .paths
        .values_mut()
        .flat_map(|path| [&mut path.get, &mut path.post, &mut path.patch, &mut path.delete].into_iter().flatten());
    for security in operations.filter_map(|operation| operation.security.as_mut()) {
        security.push(SecurityRequirement::new(COOKIE, [""; 0]));
    }
    api
}

/// What the OpenAPI page calls the session cookie.
const COOKIE: &str = "session_cookie";

/// Made when somebody first asks for it.
static OPENAPI: LazyLock<openapi::OpenApi> = LazyLock::new(openapi);

/// The whole server: API, pages and static files. Requests must carry the peer's address
/// (`into_make_service_with_connect_info::<SocketAddr>()`).
pub fn router(app: AppState) -> Router {
    let group = |router: Router<AppState>, rules| {
        router.method_not_allowed_fallback(|| async { Error::MethodNotAllowed }).layer(Guard::new(&app, rules))
    };
    let logins = Router::from(logins()).route_layer(from_fn_with_state(app.clone(), require_fresh_keys));
    let api = Router::from(api())
        .merge(logins)
        .route("/api/openapi.json", get(|| async { Json(&*OPENAPI) }))
        .route("/api/fn/change_name", post(functions::call::<ChangeName>))
        .route("/api", any(|| async { Error::NotFound }))
        .route("/api/", any(|| async { Error::NotFound }))
        .route("/api/{*rest}", any(|| async { Error::NotFound }));
    let feed = group(feed().into(), Rules::WELL_KNOWN.with_wait(revocations::LONGEST_WAIT));

    group(pages::routes(&app.config).fallback(pages::fallback), Rules::PAGES)
        .merge(group(api, Rules::API))
        .merge(group(well_known().into(), Rules::WELL_KNOWN))
        .merge(feed)
        .merge(group(operation().into(), Rules::OPERATION))
        .with_state(app)
}
