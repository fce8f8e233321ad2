//! The same interceptor for Leptos server functions: `#[server(client = AuthenticatedClient)]`.

use std::fmt;

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

use super::{
    Error, SessionEnd, here, json,
    request::{Body, Method, Request, Response},
    request_builder::send,
};
use doorward_api::EndReason;

/// Sends server functions through the session of this browser: with what proves it, an access token refreshed when it is
/// old, and once more when the server refuses it.
///
/// Use it as `#[server(client = AuthenticatedClient, input = Json, output = Json)]`, with this [`Json`] or with `server_fn`'s own.
/// A server function's own errors should travel as [`Error`](super::Error) does. Forms with files are sent once and never
/// again; answers are read to their end, so that a streaming answer arrives whole. `WebSocket`s are not intercepted, since
/// a browser cannot give them a token: asking for one is an error.
///
/// On the server, functions run in the process, without a token and without their middleware: a function asks for its
/// caller in its own body.
pub struct AuthenticatedClient;

/// A server function's request as a description, from which each attempt is built anew.
pub struct ReplayableRequest(SendWrapper<Request>);

/// A server function's answer, read to its end.
pub struct BufferedResponse {
    answer: Response,
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
                Ok(answer) => Ok(BufferedResponse { answer, path }),
                Err(Error::SessionEnded { end: why }) => Err(ended(why)),
                Err(_) => Err(failed("no answer")),
            }
        })
    }

    async fn open_websocket(
        _: &str,
    ) -> Result<(impl Stream<Item = Result<Bytes, Bytes>> + Send + 'static, impl Sink<Bytes> + Send + 'static), E> {
        Err::<(Empty<_>, futures::sink::Drain<_>), _>(failed("`WebSocket`s carry no access token"))
    }

    fn spawn(future: impl Future<Output = ()> + Send + 'static) {
        leptos::task::spawn(future);
    }
}

/// As if the server had said so itself, for error types that read its problems.
fn ended<E: FromServerFnError>(why: Option<SessionEnd>) -> E {
    let reason = why.map_or(EndReason::Unknown, |end| end.reason).name();
    let code = "session_ended";
    let problem = format!(
        r#"{{"type":"urn:doorward:problem:{code}","title":"{code}","status":401,"code":"{code}","reason":"{reason}"}}"#
    );
    E::de(problem.into())
}

fn failed<E: FromServerFnError>(why: &str) -> E {
    ServerFnErrorErr::Request(why.to_owned()).into_app_error()
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

    fn of_type(self, content_type: &str) -> Self {
        Self(SendWrapper::new(self.0.take().header("Content-Type", content_type)))
    }
}

impl<E: FromServerFnError> ClientReq<E> for ReplayableRequest {
    type FormData = here::FormData;

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
        Ok(Self::new(path, accepts, &method, Body::Text(body))?.of_type(content_type))
    }

    fn try_new_req_bytes(
        path: &str,
        content_type: &str,
        accepts: &str,
        body: Bytes,
        method: HttpMethod,
    ) -> Result<Self, E> {
        Ok(Self::new(path, accepts, &method, Body::Bytes(body.into()))?.of_type(content_type))
    }

    // No codec of server_fn's asks for it: a form without files travels as text.
    fn try_new_req_form_data(_: &str, _: &str, _: &str, _: Self::FormData, _: HttpMethod) -> Result<Self, E> {
        Err(failed("send this form as text or as multipart"))
    }

    // The browser writes the content type, because it chooses the boundary between the parts.
    fn try_new_req_multipart(path: &str, accepts: &str, body: Self::FormData, method: HttpMethod) -> Result<Self, E> {
        Self::new(path, accepts, &method, Body::Once(here::into_body(body)))
    }

    fn try_new_req_streaming(
        _: &str,
        _: &str,
        _: &str,
        _: impl Stream<Item = Bytes> + Send + 'static,
        _: HttpMethod,
    ) -> Result<Self, E> {
        Err(failed("a stream cannot be sent from here; send a file or a form"))
    }
}

/// Arguments and results as JSON, like `server_fn`'s own `Json`, and read like everything else that the client reads.
pub type Json = Post<JsonEncoding>;

/// `application/json`.
pub struct JsonEncoding;

/// It cannot be written as JSON, or is not the JSON that was expected.
#[derive(Debug)]
pub struct JsonError;

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not the JSON that was expected")
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
        String::from_utf8(self.answer.body)
            .map_err(|_| ServerFnErrorErr::Deserialization("not UTF-8".to_owned()).into_app_error())
    }

    async fn try_into_bytes(self) -> Result<Bytes, E> {
        Ok(self.answer.body.into())
    }

    fn try_into_stream(self) -> Result<impl Stream<Item = Result<Bytes, Bytes>> + Send + Sync + 'static, E> {
        Ok(stream::iter([Ok(self.answer.body.into())]))
    }

    fn status(&self) -> u16 {
        self.answer.status
    }

    fn status_text(&self) -> String {
        String::new()
    }

    fn location(&self) -> String {
        self.answer.redirect.clone().unwrap_or_else(|| self.path.clone())
    }

    fn has_redirect(&self) -> bool {
        self.answer.redirect.is_some()
    }
}
