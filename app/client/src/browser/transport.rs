//! Requests as the browser sends them.

use std::time::Duration;

use futures::stream::unfold;
use gloo_net::http::{Method as HttpMethod, Request as Fetch, RequestBuilder, Response as Fetched};
use js_sys::{Reflect, Uint8Array};
use leptos::wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, ReadableStreamDefaultReader, RequestCache, RequestCredentials, RequestInit, RequestMode,
};

use crate::{
    pass::Proof,
    platform::{NoAnswer, Opened},
    request::{Body, Method, Request, Response},
};

/// Sends the request, and reads the answer to its end.
pub(super) async fn send(request: &Request, proof: Option<&Proof>) -> Result<Response, NoAnswer> {
    let fetched = build(describe(request, proof), request)?.send().await.map_err(no_answer)?;
    read(fetched).await
}

/// Sends the request, and reads the answer as it comes.
pub(super) async fn open(request: &Request, proof: &Proof) -> Result<Opened, NoAnswer> {
    let open = Open(AbortController::new().map_err(|_| NoAnswer)?);
    let fetch = describe(request, Some(proof)).abort_signal(Some(&open.0.signal()));
    let fetched = build(fetch, request)?.send().await.map_err(no_answer)?;
    if fetched.status() != 200 {
        return read(fetched).await.map(Opened::Answer);
    }
    let reader = fetched.body().ok_or(NoAnswer)?.get_reader().unchecked_into::<ReadableStreamDefaultReader>();
    Ok(Opened::Stream(Box::pin(unfold((reader, open), async |(reader, open)| {
        let piece = JsFuture::from(reader.read()).await.ok()?;
        // At the end there is none.
        let bytes: Uint8Array = Reflect::get(&piece, &"value".into()).ok()?.dyn_into().ok()?;
        Some((bytes.to_vec(), (reader, open)))
    }))))
}

/// A request under way; dropped, it is called off.
struct Open(AbortController);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn read(fetched: Fetched) -> Result<Response, NoAnswer> {
    let headers = fetched.headers();
    let is_redirect = headers.get("serverfnredirect").is_some();
    Ok(Response {
        status: fetched.status(),
        retry_after: retry_after(&fetched),
        redirect: is_redirect.then(|| headers.get("location")).flatten(),
        body: fetched.binary().await.map_err(no_answer)?,
    })
}

/// The request as far as it does not depend on its body.
pub(super) fn describe(request: &Request, proof: Option<&Proof>) -> RequestBuilder {
    let method = match request.method {
        Method::Get => HttpMethod::GET,
        Method::Post => HttpMethod::POST,
        Method::Put => HttpMethod::PUT,
        Method::Patch => HttpMethod::PATCH,
        Method::Delete => HttpMethod::DELETE,
    };
    let credentials = if request.omits_cookies { RequestCredentials::Omit } else { RequestCredentials::SameOrigin };
    let mut fetch = RequestBuilder::new(&request.path)
        .method(method)
        // Whatever the path says and wherever a redirect leads, no other origin gets to see the token.
        .mode(RequestMode::SameOrigin)
        .credentials(credentials)
        .cache(RequestCache::NoStore);
    for (name, value) in &request.headers {
        fetch = fetch.header(name, value);
    }
    if let Some(proof) = proof {
        let (name, value) = proof.header();
        fetch = fetch.header(name, &value);
    }
    fetch
}

/// The whole of it.
pub(super) fn build(fetch: RequestBuilder, request: &Request) -> Result<Fetch, NoAnswer> {
    let fetch = match &request.body {
        Body::None => fetch.build(),
        Body::Text(text) => fetch.body(text),
        Body::Bytes(bytes) => fetch.body(Uint8Array::from(bytes.as_slice())),
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
