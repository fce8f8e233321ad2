//! How an application asks the server for something.

use std::{future::IntoFuture, marker::PhantomData};

use futures::future::LocalBoxFuture;
use leptos::wasm_bindgen::JsValue;
use serde::{Serialize, de::DeserializeOwned};

use super::{
    Error, here,
    request::{Body, Method, Request, Response},
};

/// A request to the origin of the page, sent when it is awaited. `T` is what the answer's JSON is read as; an empty
/// answer reads as `()`.
///
/// ```
/// # use doorward::{Error, SessionHandle};
/// # #[derive(serde::Serialize)] struct Order { pieces: u32 }
/// # #[derive(serde::Deserialize)] struct Receipt { number: u64 }
/// // The key is a new one for each order, and the same when the same order is tried again.
/// async fn order(session: SessionHandle, key: &str) -> Result<Receipt, Error> {
///     session.post("/api/orders").header("Idempotency-Key", key).json(&Order { pieces: 2 }).await
/// }
/// ```
///
/// What proves the session goes with it. An access token is refreshed first if it is old, and if the server refuses it with
/// a 401 of its own, which it gives before any effect, refreshed and the request sent once more. Where a session cannot be
/// renewed and has [lapsed](super::Status::ReauthRequired), the request waits until the person has logged in again. The answer
/// belongs to the session in which the request was made; if that is over, the result is [`Error::SessionEnded`].
#[must_use = "a request is sent when it is awaited"]
pub struct RequestBuilder<T> {
    request: Request,
    answer: PhantomData<fn() -> T>,
}

impl<T> RequestBuilder<T> {
    pub(super) fn new(method: Method, path: &str) -> Self {
        Self::with(Request::new(method, path))
    }

    fn with(request: Request) -> Self {
        Self { request, answer: PhantomData }
    }

    /// With this header. `Authorization` and `Doorward-Session` are the session's own.
    pub fn header(self, name: &str, value: &str) -> Self {
        Self::with(self.request.header(name, value))
    }

    /// With this JSON body.
    pub fn json(self, body: &impl Serialize) -> Self {
        Self::with(self.request.json(body))
    }

    /// With a body that the browser reads as it sends: a `Blob`, a `File` or a `FormData`. It is sent once: the token is
    /// refreshed before if it is old, and if the server refuses it all the same, the caller gets that as a
    /// [`Error::Problem`] and may send it again, with a newer token.
    pub fn upload(self, body: impl Into<JsValue>) -> Self {
        Self::with(self.request.body(Body::Once(body.into())))
    }
}

impl<T: DeserializeOwned + 'static> IntoFuture for RequestBuilder<T> {
    type Output = Result<T, Error>;
    type IntoFuture = LocalBoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let answer = send(self.request);
        Box::pin(async move { answer.await?.read() })
    }
}

/// Through the session of this browser; in a box, so that it is one piece of code whatever the answer is read as.
pub(super) fn send(request: Request) -> LocalBoxFuture<'static, Result<Response, Error>> {
    Box::pin(async move { here::core().ok_or(Error::Unreachable)?.send(&request).await })
}
