//! The brand on the server: files, icons, manifest, and the brand data in documents.

use app::{Assets, Brand, Language, PAGES, ReturnPath};
use axum::{
    Json, Router,
    extract::{Path, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde_json::json;

use super::catalogs;
use crate::{
    config::{BrandFile, Config},
    http::{assets, error::Error},
    state::AppState,
};

/// An image is only ever an image: opened as a document, it runs no script and loads nothing.
const IMAGE_POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox");

const HOUR: HeaderValue = HeaderValue::from_static("public, max-age=3600");
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// Without a logo in the settings, the icons are static files.
pub fn routes(config: &Config) -> Router<AppState> {
    let routes = Router::new().route("/brand/{file}", get(file)).route("/site.webmanifest", get(manifest));
    if config.brand_logo.is_none() {
        return routes;
    }
    routes.route("/favicon.ico", get(icon)).route("/apple-touch-icon.png", get(touch_icon))
}

/// The brand for pages whose session may be bound to the tab. Without a `home` outside this app: navigating there would end
/// the session.
pub fn tab_bound_brand(config: &Config) -> Brand {
    let brand = brand(config);
    let is_shown = ReturnPath::home(&brand).is_shown(&PAGES, &brand);
    Brand { home: brand.home.filter(|_| is_shown), ..brand }
}

pub fn brand(config: &Config) -> Brand {
    Brand {
        name: config.brand_name.clone(),
        logo: config.brand_logo.as_ref().map(BrandFile::path),
        support_url: config.support_url.clone(),
        terms_url: config.terms_url.clone(),
        privacy_url: config.privacy_url.clone(),
        home: config.home.clone(),
        is_demo: config.demo,
    }
}

pub fn document_assets(config: &Config, language: Language) -> Assets {
    let logo = config.brand_logo.as_ref();
    Assets {
        js: assets::url(".js"),
        wasm: assets::url(".wasm"),
        messages: catalogs::path(language),
        stylesheet: assets::STYLESHEET.map(str::to_owned),
        style: assets::inline_style().to_string() + &config.accent_style,
        theme: config.theme.as_ref().map(BrandFile::path),
        icon: logo.map_or_else(|| ("/favicon.svg".into(), "image/svg+xml"), |logo| (logo.path(), logo.media_type)),
        touch_icon: match logo {
            Some(logo) => logo.png_size().map(|_| logo.path()),
            None => Some("/apple-touch-icon.png".into()),
        },
    }
}

async fn file(State(app): State<AppState>, Path(name): Path<String>) -> Result<Response, Error> {
    let files = [&app.config.brand_logo, &app.config.theme].into_iter().flatten();
    // Behind a load balancer, another server with another version of the file may have rendered the document: serve this
    // version rather than 404.
    let kind = |name: &str| name.split_once('.').map(|(kind, _)| kind.to_owned());
    let file = files.into_iter().find(|file| kind(&file.name) == kind(&name)).ok_or(Error::NotFound)?;
    let caching = if file.name == name { FOREVER } else { HeaderValue::from_static("no-cache") };
    let mut response = ([(header::CONTENT_TYPE, file.media_type)], file.content.to_vec()).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, caching);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, IMAGE_POLICY);
    Ok(response)
}

async fn icon(State(app): State<AppState>) -> Result<Redirect, Error> {
    app.config.brand_logo.as_ref().map(|logo| Redirect::temporary(&logo.path())).ok_or(Error::NotFound)
}

/// Apple's home screens need a PNG.
async fn touch_icon(State(app): State<AppState>) -> Result<Redirect, Error> {
    let png = app.config.brand_logo.as_ref().filter(|logo| logo.png_size().is_some());
    png.map(|logo| Redirect::temporary(&logo.path())).ok_or(Error::NotFound)
}

/// Name and icons for home screens (W3C, "Web Application Manifest").
async fn manifest(State(app): State<AppState>) -> Response {
    let icons = match &app.config.brand_logo {
        Some(logo) => {
            let sizes = logo.png_size().map_or_else(|| "any".into(), |(width, height)| format!("{width}x{height}"));
            json!([{ "src": logo.path(), "type": logo.media_type, "sizes": sizes }])
        }
        None => json!([
            { "src": "/icon-192.png", "type": "image/png", "sizes": "192x192" },
            { "src": "/icon-512.png", "type": "image/png", "sizes": "512x512" },
            { "src": "/favicon.svg", "type": "image/svg+xml", "sizes": "any" },
        ]),
    };
    let manifest = json!({
        "name": app.config.brand_name,
        "short_name": app.config.brand_name,
        "id": "/",
        "start_url": "/",
        "display": "browser",
        "background_color": "#fcfcfa",
        "theme_color": "#fcfcfa",
        "icons": icons,
    });
    let headers =
        [(header::CONTENT_TYPE, HeaderValue::from_static("application/manifest+json")), (header::CACHE_CONTROL, HOUR)];
    (headers, Json(manifest)).into_response()
}
