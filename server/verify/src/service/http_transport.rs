//! HTTP/1.1 to Doorward, on hyper: plain or TLS, with connections that are reused.

use http::{Request, StatusCode, Uri, header};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::{Bytes, Incoming};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};

use super::transport::{FetchError, FetchFuture, FetchRequest, FetchResponse, Transport};

type HttpClient<C> = Client<C, Empty<Bytes>>;

/// Follows no redirect: keys are accepted from the configured address only.
pub(crate) struct HttpTransport {
    base: String,
    client: PlainOrTls,
}

enum PlainOrTls {
    Plain(HttpClient<HttpConnector>),
    Tls(HttpClient<HttpsConnector<HttpConnector>>),
}

impl HttpTransport {
    /// `base` is the URL before each path, without a slash at its end.
    pub(crate) fn new(base: &str) -> Result<Self, FetchError> {
        let builder = Client::builder(TokioExecutor::new());
        let client = if base.starts_with("https:") {
            let provider = rustls::crypto::aws_lc_rs::default_provider();
            let tls = HttpsConnectorBuilder::new().with_provider_and_native_roots(provider).map_err(FetchError::new)?;
            PlainOrTls::Tls(builder.build(tls.https_only().enable_http1().build()))
        } else {
            PlainOrTls::Plain(builder.build_http())
        };
        Ok(Self { base: base.to_owned(), client })
    }
}

impl Transport for HttpTransport {
    fn get(&self, request: FetchRequest) -> FetchFuture {
        let response = to_http(&self.base, &request).map(|request| match &self.client {
            PlainOrTls::Plain(client) => client.request(request),
            PlainOrTls::Tls(client) => client.request(request),
        });
        Box::pin(async move {
            let response = response?.await.map_err(|error| FetchError::new(with_source(&error)))?;
            if response.status() != StatusCode::OK {
                return Err(FetchError::new(format_args!("status {}", response.status())));
            }
            let (head, body) = response.into_parts();
            Ok(FetchResponse { headers: head.headers, body: read(body, request.max_bytes).await? })
        })
    }
}

fn to_http(base: &str, request: &FetchRequest) -> Result<Request<Empty<Bytes>>, FetchError> {
    let uri: Uri = format!("{base}{}", request.path).parse().map_err(FetchError::new)?;
    let mut builder = Request::get(uri);
    if request.bypass_caches {
        builder = builder.header(header::CACHE_CONTROL, "no-cache");
    }
    builder.body(Empty::new()).map_err(FetchError::new)
}

async fn read(body: Incoming, max_bytes: usize) -> Result<Bytes, FetchError> {
    let body = Limited::new(body, max_bytes).collect().await.map_err(FetchError::new)?;
    Ok(body.to_bytes())
}

/// The message of the client's error is only `client error (Connect)`; its source contains the reason.
fn with_source(error: &hyper_util::client::legacy::Error) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
