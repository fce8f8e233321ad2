//! Requests to the router.

use std::{
    future::IntoFuture,
    net::{IpAddr, SocketAddr},
    pin::Pin,
};

use axum::{
    body::{Body, Bytes},
    extract::ConnectInfo,
    http::{HeaderMap, HeaderName, HeaderValue, Method, header},
};
use http_body_util::BodyExt;
use serde::Serialize;
use tower::ServiceExt;

use super::{Response, SessionEndStream, TestApp, invariants};

/// A request; awaiting it sends it.
#[derive(Clone)]
pub struct Request {
    pub app: TestApp,
    pub method: Method,
    pub path: String,
    pub headers: HeaderMap,
    pub body: Bytes,
    peer: IpAddr,
}

impl Request {
    pub fn new(app: TestApp, method: Method, path: &str) -> Self {
        let peer = IpAddr::from([203, 0, 113, 7]);
        let headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static("doorward.test"))]);
        Self { app, method, path: path.into(), headers, body: Bytes::new(), peer }
    }

    /// Adds a header; one of the same name stays.
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let name: HeaderName = name.parse().expect("a header's name");
        self.headers.append(name, HeaderValue::from_bytes(value.as_ref()).expect("a header's value"));
        self
    }

    pub fn without_header(mut self, name: &str) -> Self {
        self.headers.remove(name);
        self
    }

    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    pub fn refresh_cookie(self, value: &str) -> Self {
        self.header("cookie", format!("__Host-Http-refresh={value}"))
    }

    pub fn session_cookie(self, value: &str) -> Self {
        self.header("cookie", format!("__Host-Http-session={value}"))
    }

    pub fn with_address(mut self, peer: &str) -> Self {
        self.peer = peer.parse().expect("an address");
        self
    }

    pub fn json(self, value: &impl Serialize) -> Self {
        self.raw_json(serde_json::to_vec(value).expect("JSON"))
    }

    /// Adds a body that is declared as JSON, and may be anything.
    pub fn raw_json(self, text: impl Into<Bytes>) -> Self {
        self.header("content-type", "application/json").body(text)
    }

    /// Adds a body and its `Content-Length`.
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self.headers.insert(header::CONTENT_LENGTH, self.body.len().into());
        self
    }

    /// Whether there is an `Authorization` header of our scheme.
    pub fn has_access_token(&self) -> bool {
        let values = self.headers.get_all(header::AUTHORIZATION).iter().map(HeaderValue::as_bytes);
        values.map(<[u8]>::to_ascii_lowercase).any(|value| value.starts_with(b"bearer"))
    }

    pub fn path_without_query(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }

    async fn send(self) -> Response {
        let (head, body) = self.route().await.into_parts();
        let body = body.collect().await.expect("a complete body").to_bytes();
        let response = Response { status: head.status.as_u16(), headers: head.headers, body };
        invariants::check(&self, &response);
        response
    }

    /// Sends the request and returns the body of a 200 as a stream.
    pub async fn stream(self) -> Result<SessionEndStream, Response> {
        let (head, body) = self.route().await.into_parts();
        let mut response = Response { status: head.status.as_u16(), headers: head.headers, body: Bytes::new() };
        if response.status == 200 {
            invariants::check(&self, &response);
            return Ok(SessionEndStream { headers: response.headers, body });
        }
        response.body = body.collect().await.expect("a complete body").to_bytes();
        invariants::check(&self, &response);
        Err(response)
    }

    async fn route(&self) -> axum::response::Response {
        let mut request = axum::http::Request::new(Body::from(self.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.path.parse().expect("a path");
        *request.headers_mut() = self.headers.clone();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(self.peer, 40_000)));

        self.app.router().oneshot(request).await.expect("the router is infallible")
    }
}

impl IntoFuture for Request {
    type Output = Response;
    type IntoFuture = Pin<Box<dyn Future<Output = Response> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}
