//! Asking Doorward: one GET, with limits on everything that an answer could overdo.

use std::{fmt, future::Future, pin::Pin, time::Duration};

use http::{HeaderMap, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::{Bytes, Incoming};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tokio::time::timeout;

/// Why there is no answer, in words for the log.
#[derive(Debug)]
pub(crate) struct Failed(String);

impl Failed {
    pub(crate) fn new(why: impl fmt::Display) -> Self {
        Self(why.to_string())
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    /// Path and query.
    pub(crate) path: String,
    /// Whether no proxy may answer from what it has kept.
    pub(crate) past_caches: bool,
    /// A longer answer is a failure.
    pub(crate) max_bytes: usize,
    /// The time for all of it, the last byte included.
    pub(crate) patience: Duration,
}

/// An answer with the status 200.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

pub(crate) type Answering = Pin<Box<dyn Future<Output = Result<Answer, Failed>> + Send>>;

/// A way to Doorward. Tests have another.
pub(crate) trait Transport: Send + Sync {
    fn get(&self, question: Question) -> Answering;
}

/// Asks within the limits of `question`.
pub(crate) async fn ask(transport: &dyn Transport, question: Question) -> Result<Answer, Failed> {
    let (patience, max_bytes) = (question.patience, question.max_bytes);
    let answer = timeout(patience, transport.get(question)).await.map_err(|_| Failed::new("no answer in time"))??;
    if answer.body.len() > max_bytes { Err(Failed::new("the answer is too long")) } else { Ok(answer) }
}

type Sender<C> = Client<C, Empty<Bytes>>;

/// HTTP/1.1 with kept connections. Follows no redirect: what may vouch for tokens is at one address.
pub(crate) struct Http {
    base: String,
    sender: Scheme,
}

enum Scheme {
    Plain(Sender<HttpConnector>),
    Tls(Sender<HttpsConnector<HttpConnector>>),
}

impl Http {
    /// Asks below `base`, a URL without a slash at its end.
    pub(crate) fn new(base: &str) -> Result<Self, Failed> {
        let builder = Client::builder(TokioExecutor::new());
        let sender = if base.starts_with("https:") {
            let provider = rustls::crypto::aws_lc_rs::default_provider();
            let tls = HttpsConnectorBuilder::new().with_provider_and_native_roots(provider).map_err(Failed::new)?;
            Scheme::Tls(builder.build(tls.https_only().enable_http1().build()))
        } else {
            Scheme::Plain(builder.build_http())
        };
        Ok(Self { base: base.to_owned(), sender })
    }
}

impl Transport for Http {
    fn get(&self, question: Question) -> Answering {
        let request = request(&self.base, &question);
        let sending = request.map(|request| match &self.sender {
            Scheme::Plain(sender) => sender.request(request),
            Scheme::Tls(sender) => sender.request(request),
        });
        Box::pin(async move {
            let response = sending?.await.map_err(|error| Failed::new(with_cause(&error)))?;
            if response.status() != StatusCode::OK {
                return Err(Failed::new(format_args!("the answer is {}", response.status())));
            }
            let (head, body) = response.into_parts();
            Ok(Answer { headers: head.headers, body: read(body, question.max_bytes).await? })
        })
    }
}

fn request(base: &str, question: &Question) -> Result<Request<Empty<Bytes>>, Failed> {
    let uri: Uri = format!("{base}{}", question.path).parse().map_err(Failed::new)?;
    let mut request = Request::get(uri);
    if question.past_caches {
        request = request.header(header::CACHE_CONTROL, "no-cache");
    }
    request.body(Empty::new()).map_err(Failed::new)
}

async fn read(body: Incoming, max_bytes: usize) -> Result<Bytes, Failed> {
    let body = Limited::new(body, max_bytes).collect().await.map_err(Failed::new)?;
    Ok(body.to_bytes())
}

/// The client's error alone says little more than that there was one.
fn with_cause(error: &hyper_util::client::legacy::Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
