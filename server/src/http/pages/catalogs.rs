//! The catalogs of messages, which the WebAssembly fetches. Their paths have a hash of the contents.

use std::sync::LazyLock;

use app::Language;
use aws_lc_rs::digest::{SHA256, digest};
use axum::{
    Router,
    http::{HeaderName, header},
    routing::get,
};

use crate::state::AppState;

struct Catalog {
    path: String,
    text: String,
}

static CATALOGS: LazyLock<[Catalog; Language::ALL.len()]> = LazyLock::new(|| {
    Language::ALL.map(|language| {
        let text = language.catalog();
        let hash = hex::encode(&digest(&SHA256, text.as_bytes()).as_ref()[..8]);
        Catalog { path: format!("/pkg/messages.{}.{hash}.txt", language.tag()), text }
    })
});

/// The path of the catalog of a language.
pub fn path(language: Language) -> String {
    let index = Language::ALL.iter().position(|other| *other == language).unwrap_or_default();
    CATALOGS[index].path.clone()
}

const HEADERS: [(HeaderName, &str); 2] = [
    (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
    (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
];

pub fn routes() -> Router<AppState> {
    CATALOGS.iter().fold(Router::new(), |router, Catalog { path, text }| {
        router.route(path, get(move || async move { (HEADERS, text.as_str()) }))
    })
}
