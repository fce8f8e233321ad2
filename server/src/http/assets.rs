//! Static files, embedded in release builds. Files with a hash in their name are cached forever, others for an hour.

use app::Assets;
use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::http::error::Error;

/// The output of cargo-leptos. A debug build reads it from disk at run time, so it may be missing.
#[derive(RustEmbed)]
#[folder = "../target/site"]
#[allow_missing = true]
struct Site;

/// The URLs of the frontend's files, which have a hash of the contents in their names.
pub fn names() -> Assets {
    let find = |suffix: &str| {
        let name = Site::iter().find(|name| name.starts_with("pkg/") && name.ends_with(suffix));
        name.map_or_else(|| format!("/pkg/doorward{suffix}"), |name| format!("/{name}"))
    };
    Assets { js: find(".js"), wasm: find(".wasm"), css: find(".css") }
}

pub fn file(uri: &Uri, headers: &HeaderMap) -> Option<Response> {
    let path = uri.path().trim_start_matches('/');
    let is_hashed = path.starts_with("pkg/");
    let Some((file, encoding)) = find(path, headers) else {
        // A page rendered by an older version may request files that no longer exist: never answer with an HTML page.
        return is_hashed.then(|| Error::NotFound.into_response());
    };

    let media_type = mime_guess::from_path(path).first_or_octet_stream();
    let cache_control = if is_hashed && !cfg!(debug_assertions) {
        "public, max-age=31536000, immutable"
    } else {
        "public, max-age=3600"
    };
    let etag = format!("\"{}\"", hex::encode(&file.metadata.sha256_hash()[..16]));
    let mut response = if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known == etag.as_str()) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Body::from(file.data).into_response()
    };
    let headers = response.headers_mut();
    let value = |text: &str| HeaderValue::from_str(text).ok();
    let values = [
        (header::CONTENT_TYPE, value(media_type.as_ref())),
        (header::CACHE_CONTROL, value(cache_control)),
        (header::ETAG, value(&etag)),
        (header::VARY, value("accept-encoding")),
        (header::CONTENT_ENCODING, encoding.and_then(value)),
    ];
    headers.extend(values.into_iter().filter_map(|(name, value)| Some((name, value?))));
    Some(response)
}

/// The file in the smallest encoding that the client accepts, with that encoding.
fn find(path: &str, headers: &HeaderMap) -> Option<(EmbeddedFile, Option<&'static str>)> {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let accepts =
        |name: &str| accepted.split(',').any(|coding| coding.split(';').next().is_some_and(|c| c.trim() == name));
    let encodings = [("br", "br"), ("gzip", "gz")].into_iter().filter(|(encoding, _)| accepts(encoding));
    let compressed = encodings
        .filter_map(|(encoding, extension)| Some((Site::get(&format!("{path}.{extension}"))?, Some(encoding))));
    compressed.chain(Site::get(path).map(|file| (file, None))).next()
}
