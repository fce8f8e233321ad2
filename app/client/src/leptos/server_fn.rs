//! The client for Leptos server functions: `#[server(client = AuthenticatedClient)]`.

use std::fmt;

use doorward_api::EndReason;
use futures::{
    Sink, Stream,
    stream::{self, Empty},
};
use http::Method as HttpMethod;
use leptos::{
    prelude::{FromServerFnError, ServerFnErrorErr},
    server_fn::{
        Bytes, ContentType, Decodes, Encodes, Format, FormatType, client::Client, codec::Post, error::IntoAppError,
        request::ClientReq, response::ClientRes,
    },
};
use send_wrapper::SendWrapper;
use serde::{Serialize, de::DeserializeOwned};

use super::request_builder::send;
use crate::{
    Error, SessionEnd, json,
    platform::{self, form_body},
    request::{Body, Method, Request, Response},
};

/// Calls server functions with the session's credential, like [`RequestBuilder`](super::RequestBuilder): refreshes a stale
/// token first and retries once after a rejection.
///
/// Use it as `#[server(client = AuthenticatedClient, input = Json, output = Json)]`, with this [`Json`] or `server_fn`'s own.
/// The error type of the function should be [`Error`](crate::Error), or an error type that is encoded in the same way. Forms
/// with files are sent once. Responses are read to the end, so a streaming response arrives as a whole. `WebSocket`s are not
/// supported, because a browser cannot send a token with them.
///
/// On the server, a function is called directly, without a token and without its middleware: it must find its caller in its
/// own body.
pub struct AuthenticatedClient;

/// The request of a server function, as a description from which each attempt is built.
pub struct ReplayableRequest(SendWrapper<Request>);

/// The response of a server function, read to the end.
pub struct BufferedResponse {
    response: Response,
    path: String,
}

impl<E, I, O> Client<E, I, O> for AuthenticatedClient
where
    E: FromServerFnError,
    I: FromServerFnError,
    O: FromServerFnError,
{
    type Request = ReplayableRequest;
    type Response = BufferedResponse;

    fn send(ReplayableRequest(request): ReplayableRequest) -> impl Future<Output = Result<BufferedResponse, E>> + Send {
        SendWrapper::new(async move {
            let request = request.take();
            let path = request.path.clone();
            match send(request).await {
                Ok(response) => Ok(BufferedResponse { response, path }),
                Err(Error::SessionEnded { end }) => Err(ended(end)),
                Err(Error::InvalidResponse { status }) => Err(invalid(status)),
                Err(_) => Err(failed("no response")),
            }
        })
    }

    async fn open_websocket(
        _: &str,
    ) -> Result<(impl Stream<Item = Result<Bytes, Bytes>> + Send + 'static, impl Sink<Bytes> + Send + 'static), E> {
        Err::<(Empty<_>, futures::sink::Drain<_>), _>(failed("`WebSocket`s cannot send an access token"))
    }

    fn spawn(future: impl Future<Output = ()> + Send + 'static) {
        leptos::task::spawn(future);
    }
}

/// The problem that the server would send, for error types that read its problems.
fn ended<E: FromServerFnError>(end: Option<SessionEnd>) -> E {
    let reason = end.map_or(EndReason::Unknown, |end| end.reason).name();
    let code = "session_ended";
    let problem = format!(
        r#"{{"type":"urn:doorward:problem:{code}","title":"{code}","status":401,"code":"{code}","reason":"{reason}"}}"#
    );
    E::de(problem.into())
}

fn failed<E: FromServerFnError>(message: &str) -> E {
    ServerFnErrorErr::Request(message.to_owned()).into_app_error()
}

/// For a response that is not from the server function. [`Error`] reads the status.
fn invalid<E: FromServerFnError>(status: u16) -> E {
    ServerFnErrorErr::Response(status.to_string()).into_app_error()
}

impl ReplayableRequest {
    fn new<E: FromServerFnError>(path: &str, accepts: &str, method: &HttpMethod, body: Body) -> Result<Self, E> {
        let method = match method.as_str() {
            "GET" => Method::Get,
            "POST" => Method::Post,
            "PUT" => Method::Put,
            "PATCH" => Method::Patch,
            "DELETE" => Method::Delete,
            other => return Err(ServerFnErrorErr::UnsupportedRequestMethod(other.to_owned()).into_app_error()),
        };
        Ok(Self(SendWrapper::new(Request::new(method, path).header("Accept", accepts).body(body))))
    }

    fn content_type(self, content_type: &str) -> Self {
        Self(SendWrapper::new(self.0.take().header("Content-Type", content_type)))
    }
}

impl<E: FromServerFnError> ClientReq<E> for ReplayableRequest {
    type FormData = platform::FormData;

    fn try_new_req_query(path: &str, _: &str, accepts: &str, query: &str, method: HttpMethod) -> Result<Self, E> {
        Self::new(&format!("{path}?{query}"), accepts, &method, Body::None)
    }

    fn try_new_req_text(
        path: &str,
        content_type: &str,
        accepts: &str,
        body: String,
        method: HttpMethod,
    ) -> Result<Self, E> {
        Ok(Self::new(path, accepts, &method, Body::Text(body))?.content_type(content_type))
    }

    fn try_new_req_bytes(
        path: &str,
        content_type: &str,
        accepts: &str,
        body: Bytes,
        method: HttpMethod,
    ) -> Result<Self, E> {
        Ok(Self::new(path, accepts, &method, Body::Bytes(body.into()))?.content_type(content_type))
    }

    // No codec of server_fn uses it: a form without files is sent as text.
    fn try_new_req_form_data(_: &str, _: &str, _: &str, _: Self::FormData, _: HttpMethod) -> Result<Self, E> {
        Err(failed("send this form as text or as multipart"))
    }

    // The browser sets the content type, because it chooses the boundary of the parts.
    fn try_new_req_multipart(path: &str, accepts: &str, body: Self::FormData, method: HttpMethod) -> Result<Self, E> {
        Self::new(path, accepts, &method, Body::Once(form_body(body)))
    }

    fn try_new_req_streaming(
        _: &str,
        _: &str,
        _: &str,
        _: impl Stream<Item = Bytes> + Send + 'static,
        _: HttpMethod,
    ) -> Result<Self, E> {
        Err(failed("streams cannot be sent; send a file or a form"))
    }
}

/// Codec for arguments and results as JSON. Like `server_fn`'s own `Json`, with less code in the WebAssembly.
pub type Json = Post<JsonEncoding>;

/// The encoding `application/json`.
pub struct JsonEncoding;

/// A value cannot be written as JSON, or a body is not the expected JSON.
#[derive(Debug)]
pub struct JsonError;

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not the expected JSON")
    }
}

impl ContentType for JsonEncoding {
    const CONTENT_TYPE: &'static str = "application/json";
}

impl FormatType for JsonEncoding {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for JsonEncoding {
    type Error = JsonError;

    fn encode(value: &T) -> Result<Bytes, JsonError> {
        serde_json::to_vec(value).map(Bytes::from).map_err(|_| JsonError)
    }
}

impl<T: DeserializeOwned> Decodes<T> for JsonEncoding {
    type Error = JsonError;

    fn decode(body: Bytes) -> Result<T, JsonError> {
        json::read(&body).ok_or(JsonError)
    }
}

impl<E: FromServerFnError> ClientRes<E> for BufferedResponse {
    async fn try_into_string(self) -> Result<String, E> {
        String::from_utf8(self.response.body)
            .map_err(|_| ServerFnErrorErr::Deserialization("not UTF-8".to_owned()).into_app_error())
    }

    async fn try_into_bytes(self) -> Result<Bytes, E> {
        let Response { status, body, .. } = self.response;
        // A proxy's page.
        let is_html = body.trim_ascii_start().starts_with(b"<");
        if status >= 400 && is_html { Err(invalid(status)) } else { Ok(body.into()) }
    }

    fn try_into_stream(self) -> Result<impl Stream<Item = Result<Bytes, Bytes>> + Send + Sync + 'static, E> {
        Ok(stream::iter([Ok(self.response.body.into())]))
    }

    fn status(&self) -> u16 {
        self.response.status
    }

    fn status_text(&self) -> String {
        String::new()
    }

    fn location(&self) -> String {
        self.response.redirect.clone().unwrap_or_else(|| self.path.clone())
    }

    fn has_redirect(&self) -> bool {
        self.response.redirect.is_some()
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use futures::executor::block_on;

    use super::*;

    fn read(status: u16, body: &str) -> Result<Bytes, Error> {
        let response = Response { status, body: body.into(), ..Response::default() };
        block_on(BufferedResponse { response, path: String::new() }.try_into_bytes())
    }

    // Behavior 36.
    #[test]
    fn a_response_that_is_not_from_a_server_function_is_distinguished_from_a_missing_one() {
        assert_eq!(read(502, " <h1>Bad gateway</h1>"), Err(Error::InvalidResponse { status: 502 }));
        assert_eq!(read(403, r#"{"code":"forbidden"}"#), Ok(r#"{"code":"forbidden"}"#.into()));
        assert_eq!(read(200, "<b>a result</b>"), Ok("<b>a result</b>".into()));
        let undecodable = ServerFnErrorErr::Deserialization("not the expected JSON".to_owned());
        assert_eq!(Error::from_server_fn_error(undecodable), Error::InvalidResponse { status: 200 });
        assert_eq!(failed::<Error>("no response"), Error::Unreachable);
    }
}
