//! Requests as the browser sends them.

use std::time::Duration;

use gloo_net::http::{Method as HttpMethod, Request as Fetch, RequestBuilder, Response as Fetched};
use js_sys::Reflect;
use web_sys::{RequestCache, RequestCredentials, RequestInit, RequestMode};

use crate::client::{
    platform::NoAnswer,
    request::{Body, Method, Request, Response},
};

/// Sends the request, and reads the answer to its end.
pub(super) async fn send(request: &Request, bearer: Option<&str>) -> Result<Response, NoAnswer> {
    let fetched = build(request, bearer)?.send().await.map_err(no_answer)?;
    let headers = fetched.headers();
    let is_redirect = headers.get("serverfnredirect").is_some();
    Ok(Response {
        status: fetched.status(),
        retry_after: retry_after(&fetched),
        redirect: is_redirect.then(|| headers.get("location")).flatten(),
        body: fetched.binary().await.map_err(no_answer)?,
    })
}

fn build(request: &Request, bearer: Option<&str>) -> Result<Fetch, NoAnswer> {
    let method = match request.method {
        Method::Get => HttpMethod::GET,
        Method::Post => HttpMethod::POST,
        Method::Put => HttpMethod::PUT,
        Method::Patch => HttpMethod::PATCH,
        Method::Delete => HttpMethod::DELETE,
    };
    let mut fetch = RequestBuilder::new(&request.path)
        .method(method)
        // Whatever the path says and wherever a redirect leads, no other origin gets to see the token.
        .mode(RequestMode::SameOrigin)
        .credentials(RequestCredentials::SameOrigin)
        .cache(RequestCache::NoStore);
    for (name, value) in &request.headers {
        fetch = fetch.header(name, value);
    }
    if let Some(bearer) = bearer {
        fetch = fetch.header("Authorization", &format!("Bearer {bearer}"));
    }
    let fetch = match &request.body {
        Body::None => fetch.build(),
        Body::Text(text) => fetch.body(text),
        Body::Bytes(bytes) => fetch.body(js_sys::Uint8Array::from(bytes.as_slice())),
        Body::Once(body) => fetch.body(body),
    };
    let fetch = fetch.map_err(no_answer)?;
    if request.outlives_page { outliving_page(fetch) } else { Ok(fetch) }
}

/// The same request with `keepalive`, which neither gloo-net nor `web-sys` knows.
fn outliving_page(fetch: Fetch) -> Result<Fetch, NoAnswer> {
    let init = RequestInit::new();
    _ = Reflect::set(&init, &"keepalive".into(), &true.into());
    let fetch = web_sys::Request::new_with_request_and_init(&fetch.into(), &init).map_err(|_| NoAnswer)?;
    Ok(fetch.into())
}

fn no_answer(_: gloo_net::Error) -> NoAnswer {
    NoAnswer
}

/// `Retry-After`: seconds, or a moment, which is taken by the sender's clock and not by the device's.
fn retry_after(fetched: &Fetched) -> Option<Duration> {
    let headers = fetched.headers();
    let text = headers.get("Retry-After")?;
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let milliseconds = js_sys::Date::parse(&text) - js_sys::Date::parse(&headers.get("Date")?);
    Duration::try_from_secs_f64(milliseconds / 1000.0).ok()
}
