//! HTTP: every URL on one screen, and what holds for all of them.

mod account;
mod assets;
mod audit_events;
mod auth;
mod caller;
mod client_info;
mod cookies;
pub mod error;
mod expected_session;
mod fitness;
mod functions;
mod health;
mod json;
mod keys;
mod metrics;
mod pages;
mod pagination;
mod protect;
mod request_id;
mod revocations;
mod role;
pub mod server;
mod session_end_stream;
mod sessions;
mod users;

use std::{any::Any, sync::LazyLock};

use app::functions::ChangeName;
use axum::{
    Json, Router,
    extract::DefaultBodyLimit,
    middleware,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::{
    OpenApi,
    openapi::{
        self,
        security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme},
    },
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{http::error::Error, state::AppState};

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

fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(auth::register))
        .routes(routes!(auth::login))
        .routes(routes!(auth::refresh))
        .routes(routes!(auth::logout))
        .routes(routes!(account::me))
        .routes(routes!(account::show))
        .routes(routes!(account::change_password))
        .routes(routes!(audit_events::audit_events))
        .routes(routes!(sessions::list, sessions::end_everywhere))
        .routes(routes!(sessions::end_others))
        .routes(routes!(session_end_stream::session_end_stream))
        .routes(routes!(sessions::rename, sessions::end))
        .routes(routes!(users::users))
        .routes(routes!(keys::jwks))
        .routes(routes!(revocations::revocations))
        .routes(routes!(health::health))
        .routes(routes!(health::readiness))
        .routes(routes!(metrics::metrics))
}

/// The API in OpenAPI 3.1, generated from the handlers.
pub fn openapi() -> openapi::OpenApi {
    let mut api = routes().into_openapi();
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
    let (router, _) = routes().split_for_parts();
    router
        .route("/api/openapi.json", get(|| async { Json(&*OPENAPI) }))
        .route("/api/fn/change_name", post(functions::call::<ChangeName>))
        .merge(pages::routes(&app.config))
        .method_not_allowed_fallback(|| async { Error::MethodNotAllowed })
        .fallback(pages::fallback)
        .layer(DefaultBodyLimit::max(protect::LARGEST_BODY))
        .layer(middleware::from_fn(protect::to_the_end))
        .layer(middleware::from_fn(protect::patience))
        .layer(middleware::from_fn_with_state(app.clone(), fitness::only_if_fit))
        .layer(middleware::from_fn_with_state(app.clone(), protect::same_origin))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(app.clone(), protect::security_headers))
        .layer(middleware::from_fn(request_id::name))
        .with_state(app)
}

/// A panic in one handler is a 500 for that request only (F8). The panic hook has logged it already.
fn panicked(_: Box<dyn Any + Send>) -> Response {
    Error::Internal.into_response()
}
