//! `fetch`, through gloo-net.

use std::time::Duration;

use futures::stream::unfold;
use gloo_net::http::{Method as HttpMethod, Request as Fetch, RequestBuilder, Response as Fetched};
use js_sys::{Function, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, RequestCache, RequestCredentials, RequestInit, RequestMode};

use crate::{
    platform::{NoResponse, StreamResponse},
    request::{Authorization, Body, Method, Request, Response},
};

/// Sends a request and reads the response to its end.
pub(super) async fn send(request: &Request, authorization: Option<&Authorization>) -> Result<Response, NoResponse> {
    let fetched = build(describe(request, authorization), request)?.send().await.map_err(no_response)?;
    read(fetched).await
}

/// Sends a request and returns the body of a 200 as a stream.
pub(super) async fn open(request: &Request, authorization: &Authorization) -> Result<StreamResponse, NoResponse> {
    let in_flight = InFlight(AbortController::new().map_err(|_| NoResponse)?);
    let fetch = describe(request, Some(authorization)).abort_signal(Some(&in_flight.0.signal()));
    let fetched = build(fetch, request)?.send().await.map_err(no_response)?;
    if fetched.status() != 200 {
        return read(fetched).await.map(StreamResponse::Response);
    }
    let body = Reflect::get(&web_sys::Response::from(fetched), &"body".into());
    let reader = body.and_then(|body| call(&body, "getReader")).map_err(|_| NoResponse)?;
    Ok(StreamResponse::Stream(Box::pin(unfold((reader, in_flight), async |(reader, in_flight)| {
        let piece: Promise = call(&reader, "read").ok()?.dyn_into().ok()?;
        let piece = JsFuture::from(piece).await.ok()?;
        // Absent at the end of the stream.
        let bytes: Uint8Array = Reflect::get(&piece, &"value".into()).ok()?.dyn_into().ok()?;
        Some((bytes.to_vec(), (reader, in_flight)))
    }))))
}

/// Calls a method of a stream. Unlike that of `web-sys`, it catches exceptions.
fn call(object: &JsValue, method: &str) -> Result<JsValue, JsValue> {
    Reflect::get(object, &method.into())?.dyn_into::<Function>()?.call0(object)
}

/// A request in flight, aborted when dropped.
struct InFlight(AbortController);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn read(fetched: Fetched) -> Result<Response, NoResponse> {
    let headers = fetched.headers();
    let is_redirect = headers.get("serverfnredirect").is_some();
    Ok(Response {
        status: fetched.status(),
        retry_after: retry_after(&fetched),
        redirect: is_redirect.then(|| headers.get("location")).flatten(),
        body: fetched.binary().await.map_err(no_response)?,
    })
}

/// Everything except the body.
pub(super) fn describe(request: &Request, authorization: Option<&Authorization>) -> RequestBuilder {
    let method = match request.method {
        Method::Get => HttpMethod::GET,
        Method::Post => HttpMethod::POST,
        Method::Put => HttpMethod::PUT,
        Method::Patch => HttpMethod::PATCH,
        Method::Delete => HttpMethod::DELETE,
    };
    let credentials = if request.omits_cookies { RequestCredentials::Omit } else { RequestCredentials::SameOrigin };
    let mut fetch = RequestBuilder::new(&absolute(&request.path))
        .method(method)
        // Neither the path nor a redirect can send the token to another origin.
        .mode(RequestMode::SameOrigin)
        .credentials(credentials)
        .cache(RequestCache::NoStore);
    for (name, value) in &request.headers {
        fetch = fetch.header(name, value);
    }
    if let Some(authorization) = authorization {
        let (name, value) = authorization.header();
        fetch = fetch.header(name, &value);
    }
    fetch
}

/// A path as a URL. Relative to the page, it would have the credentials that the page's own URL may hold, which `fetch` rejects.
fn absolute(path: &str) -> String {
    let origin = web_sys::window().and_then(|window| window.location().origin().ok());
    origin.filter(|_| path.starts_with('/') && !path.starts_with("//")).unwrap_or_default() + path
}

/// Adds the body and finishes the request.
pub(super) fn build(fetch: RequestBuilder, request: &Request) -> Result<Fetch, NoResponse> {
    let fetch = match &request.body {
        Body::None => fetch.build(),
        Body::Text(text) => fetch.body(text),
        Body::Bytes(bytes) => fetch.body(Uint8Array::from(bytes.as_slice())),
        Body::Once(body) => fetch.body(body),
    };
    let fetch = fetch.map_err(no_response)?;
    if request.outlives_page { outliving_page(fetch) } else { Ok(fetch) }
}

/// Sets `keepalive`, which neither gloo-net nor `web-sys` supports.
fn outliving_page(fetch: Fetch) -> Result<Fetch, NoResponse> {
    let init = RequestInit::new();
    _ = Reflect::set(&init, &"keepalive".into(), &true.into());
    let fetch = web_sys::Request::new_with_request_and_init(&fetch.into(), &init).map_err(|_| NoResponse)?;
    Ok(fetch.into())
}

fn no_response(_: gloo_net::Error) -> NoResponse {
    NoResponse
}

/// `Retry-After`: seconds, or a date, which is compared with the sender's `Date` and not with the clock of the device.
fn retry_after(fetched: &Fetched) -> Option<Duration> {
    let headers = fetched.headers();
    let text = headers.get("Retry-After")?;
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let milliseconds = js_sys::Date::parse(&text) - js_sys::Date::parse(&headers.get("Date")?);
    Duration::try_from_secs_f64(milliseconds / 1000.0).ok()
}
