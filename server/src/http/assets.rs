//! Static files, embedded in release builds. Files with a hash in their name are cached forever, others for an hour.

use std::{borrow::Cow, path::Path, sync::LazyLock, time::SystemTime};

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use headers::{ETag, HeaderMapExt, IfNoneMatch};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::negotiation::Encoding;

/// The output of cargo-leptos. A debug build reads it from disk at run time, so it may be missing.
#[derive(RustEmbed)]
#[folder = "../target/site"]
#[allow_missing = true]
struct Site;

/// The style sheet that documents link to. Only while developing: `cargo leptos watch` replaces a changed style in the
/// browser if its link has this name. A release has the style in the document.
pub const STYLESHEET: Option<&str> = if cfg!(debug_assertions) { Some("/pkg/doorward.css") } else { None };

/// The style of a document without a link to it.
pub fn inline_style() -> Cow<'static, str> {
    static STYLE: LazyLock<Cow<'static, str>> = LazyLock::new(|| {
        let file = newest(".css").and_then(|name| Site::get(&name));
        file.map(|file| String::from_utf8_lossy(&file.data).into_owned().into()).unwrap_or_default()
    });
    if STYLESHEET.is_some() { Cow::Borrowed("") } else { Cow::Borrowed(&STYLE) }
}

/// The URL of a file of the frontend, with a hash of the contents in its name.
pub fn url(suffix: &str) -> String {
    newest(suffix).map_or_else(|| format!("/pkg/doorward{suffix}"), |name| format!("/{name}"))
}

/// The newest of the frontend's files of a kind. `cargo leptos watch` puts a changed one without a hash beside the first.
fn newest(suffix: &str) -> Option<String> {
    let names = Site::iter().filter(|name| name.starts_with("pkg/") && name.ends_with(suffix));
    names.max_by_key(|name| modified(name)).map(Cow::into_owned)
}

/// When a file was built. Only while developing: a release has one file of each kind.
fn modified(name: &str) -> Option<SystemTime> {
    STYLESHEET?;
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/site"));
    folder.join(name).metadata().ok()?.modified().ok()
}

pub fn file(uri: &Uri, headers: &HeaderMap) -> Option<Response> {
    if STYLESHEET == Some(uri.path())
        && let Some(name) = newest(".css")
    {
        return respond::<Site>(&format!("/{name}").parse().ok()?, headers);
    }
    respond::<Site>(uri, headers)
}

fn respond<Files: RustEmbed>(uri: &Uri, headers: &HeaderMap) -> Option<Response> {
    let path = uri.path().trim_start_matches('/');
    let is_hashed = path.starts_with("pkg/");
    if Files::get(path).is_none() {
        // A page of another version may request files that do not exist here: never respond with an HTML page.
        return is_hashed.then(|| (StatusCode::NOT_FOUND, "Not found\n").into_response());
    }
    let accepted = Encoding::accepted(headers);
    let Some((encoding, file)) =
        accepted.into_iter().find_map(|encoding| Some((encoding, find::<Files>(path, encoding)?)))
    else {
        let known = "Accept `identity`, `gzip` or `br`.\n";
        return Some((StatusCode::NOT_ACCEPTABLE, [(header::VARY, "accept-encoding")], known).into_response());
    };

    let cache_control = match (is_hashed, STYLESHEET) {
        (true, None) => "public, max-age=31536000, immutable",
        // While developing.
        (true, Some(_)) => "no-cache",
        (false, _) => "public, max-age=3600",
    };
    // Of this encoding: another one has other bytes.
    let etag = format!("\"{}\"", hex::encode(&file.metadata.sha256_hash()[..16]));
    let mut response = if is_known(&etag, headers) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, media_type(path))], Body::from(file.data)).into_response()
    };
    let headers = response.headers_mut();
    let value = |text: &str| HeaderValue::from_str(text).ok();
    let values = [
        (header::CACHE_CONTROL, value(cache_control)),
        (header::ETAG, value(&etag)),
        (header::VARY, value("accept-encoding")),
        (header::CONTENT_ENCODING, encoding.name().and_then(value)),
    ];
    headers.extend(values.into_iter().filter_map(|(name, value)| Some((name, value?))));
    Some(response)
}

fn find<Files: RustEmbed>(path: &str, encoding: Encoding) -> Option<EmbeddedFile> {
    match encoding {
        Encoding::Brotli => Files::get(&format!("{path}.br")),
        Encoding::Gzip => Files::get(&format!("{path}.gz")),
        Encoding::Identity => Files::get(path),
    }
}

/// All our text is UTF-8. Formats of other types, such as JSON and WebAssembly, define their encoding themselves.
fn media_type(path: &str) -> String {
    let kind = mime_guess::from_path(path).first_or_octet_stream();
    let charset = if kind.type_() == "text" { "; charset=utf-8" } else { "" };
    format!("{}{charset}", kind.essence_str())
}

/// Whether the client has the file already, by `If-None-Match`.
fn is_known(etag: &str, headers: &HeaderMap) -> bool {
    let (Ok(etag), Some(known)) = (etag.parse::<ETag>(), headers.typed_get::<IfNoneMatch>()) else { return false };
    !known.precondition_passes(&etag)
}

#[cfg(test)]
mod tests {
    use axum::{
        body::to_bytes,
        http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
        response::Response,
    };
    use futures::FutureExt;
    use rust_embed::RustEmbed;

    use super::respond;

    #[derive(RustEmbed)]
    #[folder = "tests/static_files"]
    struct Files;

    fn get(path: &'static str, headers: &[(HeaderName, &str)]) -> Response {
        let value = |text: &str| HeaderValue::from_str(text).expect("a value");
        let headers: HeaderMap = headers.iter().map(|(name, text)| (name.clone(), value(text))).collect();
        respond::<Files>(&path.parse().expect("a path"), &headers).expect("a file")
    }

    fn header<'a>(response: &'a Response, name: &HeaderName) -> Option<&'a str> {
        response.headers().get(name)?.to_str().ok()
    }

    fn text(response: Response) -> String {
        let body = to_bytes(response.into_body(), usize::MAX).now_or_never().expect("at once").expect("a body");
        String::from_utf8(body.into()).expect("text")
    }

    #[test]
    fn the_encoding_is_the_one_that_the_client_prefers() {
        for (accepted, expected, encoding) in [
            ("", "plain", None),
            ("br", "brotli", Some("br")),
            ("gzip, deflate, br, zstd", "brotli", Some("br")),
            ("br;q=0", "plain", None),
            ("br;q=0.2, gzip;q=0.8", "gzip", Some("gzip")),
            ("*;q=0, gzip", "gzip", Some("gzip")),
            ("identity, *;q=0", "plain", None),
            ("identity;q=0, br", "brotli", Some("br")),
        ] {
            let response = get("/a.txt", &[(header::ACCEPT_ENCODING, accepted)]);
            assert_eq!(header(&response, &header::CONTENT_ENCODING), encoding, "{accepted}");
            assert_eq!(header(&response, &header::VARY), Some("accept-encoding"));
            assert_eq!(text(response), expected, "{accepted}");
        }
        for accepted in ["*;q=0", "identity;q=0", "zstd, identity;q=0"] {
            let response = get("/a.txt", &[(header::ACCEPT_ENCODING, accepted)]);
            assert_eq!(response.status(), StatusCode::NOT_ACCEPTABLE, "{accepted}");
        }
        // Without a smaller copy.
        assert_eq!(text(get("/a.css", &[(header::ACCEPT_ENCODING, "br, gzip")])), "body {}");
    }

    #[test]
    fn a_file_that_the_client_has_is_not_sent_again() {
        let etag = |response: &Response| header(response, &header::ETAG).expect("an entity tag").to_owned();
        let plain = etag(&get("/a.txt", &[]));
        let brotli = etag(&get("/a.txt", &[(header::ACCEPT_ENCODING, "br")]));
        assert_ne!(plain, brotli, "another encoding has other bytes");

        let known = [
            plain.clone(),
            format!("W/{plain}"),
            format!("\"a\", {plain}"),
            format!("\"a,b\" , W/{plain}"),
            "*".into(),
        ];
        for known in known {
            let response = get("/a.txt", &[(header::IF_NONE_MATCH, &known)]);
            assert_eq!((response.status(), etag(&response)), (StatusCode::NOT_MODIFIED, plain.clone()), "{known}");
            assert!(header(&response, &header::CACHE_CONTROL).is_some() && header(&response, &header::VARY).is_some());
            assert_eq!(text(response), "", "{known}");
        }
        let two_lines = [(header::IF_NONE_MATCH, "\"a\""), (header::IF_NONE_MATCH, plain.as_str())];
        assert_eq!(get("/a.txt", &two_lines).status(), StatusCode::NOT_MODIFIED);
        for unknown in ["\"a\"", "W/\"a\"", "a", "", &brotli, plain.trim_matches('"')] {
            assert_eq!(get("/a.txt", &[(header::IF_NONE_MATCH, unknown)]).status(), StatusCode::OK, "{unknown}");
        }
    }

    #[test]
    fn text_is_declared_as_utf_8() {
        for (path, media_type) in [
            ("/a.txt", "text/plain; charset=utf-8"),
            ("/a.css", "text/css; charset=utf-8"),
            ("/a.js", "text/javascript; charset=utf-8"),
            ("/a.svg", "image/svg+xml"),
            ("/a.wasm", "application/wasm"),
        ] {
            assert_eq!(header(&get(path, &[]), &header::CONTENT_TYPE), Some(media_type), "{path}");
        }
    }
}
