//! The builder for an application's requests.

use std::{future::IntoFuture, marker::PhantomData};

use futures::{FutureExt, future::LocalBoxFuture};
use leptos::wasm_bindgen::JsValue;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    Error, global, interceptor,
    request::{Body, Method, Request, Response},
};

/// A request to the origin of the page, sent when it is awaited. The JSON of the response is read as `T`; an empty response
/// reads as `()`.
///
/// ```
/// # use doorward::{Error, SessionHandle};
/// # #[derive(serde::Serialize)] struct Order { pieces: u32 }
/// # #[derive(serde::Deserialize)] struct Receipt { number: u64 }
/// // The key is new for each order, and the same when the order is retried.
/// async fn order(session: SessionHandle, key: &str) -> Result<Receipt, Error> {
///     session.post("/api/orders").header("Idempotency-Key", key).json(&Order { pieces: 2 }).await
/// }
/// ```
///
/// The client attaches the session's credential. It refreshes a stale access token first; if the server rejects the token
/// with a 401 of its own, which it sends before any effect, the client refreshes the token and sends the request once more.
/// While the session [requires reauthentication](crate::Status::ReauthRequired), the request waits until the user has
/// logged in again, and while the application [asks for a confirmation](crate::SessionHandle::confirmation_requested), until the user
/// has confirmed.
///
/// # Errors
///
/// - [`Error::Problem`]: the server answered with a problem.
/// - [`Error::Unreachable`]: no response; the request may have arrived.
/// - [`Error::InvalidResponse`]: a response that is not from the API, or not a `T`; the request may have arrived.
/// - [`Error::SessionEnded`]: the session in which the request was made has ended, or no user was logged in.
#[must_use = "a request is sent when it is awaited"]
pub struct RequestBuilder<T> {
    request: Request,
    response: PhantomData<fn() -> T>,
}

impl<T> RequestBuilder<T> {
    pub(crate) fn new(method: Method, path: &str) -> Self {
        Self::from_request(Request::new(method, path))
    }

    fn from_request(request: Request) -> Self {
        Self { request, response: PhantomData }
    }

    /// Adds a header. `Authorization` and `Doorward-Session` are set by the client.
    pub fn header(self, name: &str, value: &str) -> Self {
        Self::from_request(self.request.header(name, value))
    }

    /// Sets a JSON body. Panics if the value cannot be represented as JSON, such as a map whose keys are not strings.
    pub fn json(self, body: &impl Serialize) -> Self {
        Self::from_request(self.request.json(body))
    }

    /// Sets a body that the browser reads while sending: a `Blob`, a `File` or a `FormData`. It is sent once: a stale token is
    /// refreshed first, and if the server rejects it all the same, the result is an [`Error::Problem`]. The caller may then
    /// send it again, with a new token. It does not wait for a confirmation either.
    pub fn upload(self, body: impl Into<JsValue>) -> Self {
        Self::from_request(self.request.body(Body::Once(body.into())))
    }
}

impl<T> RequestBuilder<T> {
    /// Sends the request and returns the body of the response as it is, to be saved as a file.
    ///
    /// # Errors
    ///
    /// Those of the request.
    pub async fn text(self) -> Result<String, Error> {
        send(self.request).await?.text()
    }
}

impl<T: DeserializeOwned + 'static> IntoFuture for RequestBuilder<T> {
    type Output = Result<T, Error>;
    type IntoFuture = LocalBoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(send(self.request).map(|response| response?.read()))
    }
}

/// Sends a request through the client of this tab. Boxed, so that the WebAssembly has the code once and not for each type of
/// response.
pub(super) fn send(request: Request) -> LocalBoxFuture<'static, Result<Response, Error>> {
    Box::pin(async move { interceptor::send(&global::client().ok_or(Error::Unreachable)?, &request).await })
}
