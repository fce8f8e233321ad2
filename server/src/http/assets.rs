//! The static files, inside the binary in release builds: the hashed ones of the interface for ever, the others for a while.

use app::Assets;
use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::http::error::Error;

/// What cargo-leptos has built. A debug build reads it from the folder at run time, so that it may also be missing.
#[derive(RustEmbed)]
#[folder = "../target/site"]
#[allow_missing = true]
struct Site;

/// The names of the interface's files, which change with their contents.
pub fn names() -> Assets {
    let find = |suffix: &str| {
        let name = Site::iter().find(|name| name.starts_with("pkg/") && name.ends_with(suffix));
        name.map_or_else(|| format!("/pkg/doorward{suffix}"), |name| format!("/{name}"))
    };
    Assets { js: find(".js"), wasm: find(".wasm"), css: find(".css") }
}

/// The file at `uri`, if there is one.
pub fn file(uri: &Uri, headers: &HeaderMap) -> Option<Response> {
    let path = uri.path().trim_start_matches('/');
    let is_hashed = path.starts_with("pkg/");
    let Some((file, encoding)) = encoded(path, headers) else {
        // A page that an older version has rendered may ask for files that are gone: never answer that with a page.
        return is_hashed.then(|| Error::NotFound.into_response());
    };

    let kind = mime_guess::from_path(path).first_or_octet_stream();
    let kept = if is_hashed && !cfg!(debug_assertions) {
        "public, max-age=31536000, immutable"
    } else {
        "public, max-age=3600"
    };
    let tag = format!("\"{}\"", hex::encode(&file.metadata.sha256_hash()[..16]));
    let mut response = if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known == tag.as_str()) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Body::from(file.data).into_response()
    };
    let headers = response.headers_mut();
    let text = |text: &str| HeaderValue::from_str(text).ok();
    let values = [
        (header::CONTENT_TYPE, text(kind.as_ref())),
        (header::CACHE_CONTROL, text(kept)),
        (header::ETAG, text(&tag)),
        (header::VARY, text("accept-encoding")),
        (header::CONTENT_ENCODING, encoding.and_then(text)),
    ];
    headers.extend(values.into_iter().filter_map(|(name, value)| Some((name, value?))));
    Some(response)
}

/// The smallest form of the file that the client takes.
fn encoded(path: &str, headers: &HeaderMap) -> Option<(EmbeddedFile, Option<&'static str>)> {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let accepts =
        |name: &str| accepted.split(',').any(|coding| coding.split(';').next().is_some_and(|c| c.trim() == name));
    let compressed = [("br", "br"), ("gzip", "gz")].into_iter().filter(|(coding, _)| accepts(coding));
    let compressed =
        compressed.filter_map(|(coding, ending)| Some((Site::get(&format!("{path}.{ending}"))?, Some(coding))));
    compressed.chain(Site::get(path).map(|file| (file, None))).next()
}
