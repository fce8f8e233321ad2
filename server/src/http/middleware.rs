//! The one layer that every request passes: request id, CSRF, size of bodies, timeout, panics, security headers.
//!
//! One layer instead of one for each concern, because axum boxes every layer of every route: eight of them cost more than
//! the handler behind them.

use std::{
    convert::Infallible,
    panic::AssertUnwindSafe,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    extract::Request,
    response::{IntoResponse, Response},
};
use futures::{FutureExt, future::BoxFuture};
use tower::{Layer, Service};
use tracing::{Instrument, debug};

use super::{
    client_info::client_ip,
    csrf,
    error::{Error, UnavailableCause, WithoutBody},
    language::LanguagePreference,
    pages::set_error_page,
    problem, request_body,
    request_id::RequestId,
    request_target,
    request_timer::RequestTimer,
    response_headers::{forbid_storing, secure},
};
use crate::{keys::bootstrap, network_rules::Networks, refusal::Refusal, state::AppState};

/// Maximum duration of a request: a slow client or a hanging database holds no resources forever.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);

/// The checks and the timeout of a group of routes.
#[derive(Clone, Copy)]
pub struct Rules {
    /// Request bodies must be JSON, and responses are not cached.
    is_api: bool,
    /// Errors are HTML documents.
    is_page: bool,
    /// A node whose master secret was superseded does not answer: it would reject valid refresh tokens, and its keys are
    /// retired.
    needs_secret: bool,
    timeout: Duration,
}

impl Rules {
    pub const API: Self = Self { is_api: true, is_page: false, needs_secret: true, timeout: REQUEST_TIMEOUT };
    pub const WELL_KNOWN: Self = Self { is_api: false, ..Self::API };
    pub const OPERATION: Self = Self { is_api: false, needs_secret: false, ..Self::API };
    pub const PAGES: Self = Self { is_page: true, ..Self::OPERATION };

    /// For long polls: adds the time that a request may wait to its timeout.
    pub const fn with_wait(mut self, wait: Duration) -> Self {
        self.timeout = wait.saturating_add(self.timeout);
        self
    }
}

#[derive(Clone)]
pub struct Guard {
    app: AppState,
    rules: Rules,
    is_https: bool,
}

impl Guard {
    pub fn new(app: &AppState, rules: Rules) -> Self {
        Self { app: app.clone(), rules, is_https: app.public_url.starts_with("https:") }
    }

    fn check(&self, request: &Request, networks: &Networks) -> Result<(), Error> {
        if !networks.blocked.is_empty()
            && client_ip(request.extensions(), request.headers(), &networks.trusted_proxies)
                .is_some_and(|ip| networks.is_blocked(&ip))
        {
            return Err(Error::BlockedNetwork);
        }
        request_target::check(request)?;
        csrf::check_origin(request, &self.app.public_url)?;
        request_body::check_encoding(request)?;
        if self.rules.is_api {
            request_body::check_json(request)?;
        }
        if self.rules.needs_secret && self.app.key_ring.is_secret_superseded() {
            return Err(Error::Unavailable(bootstrap::SECRET_SUPERSEDED.into()));
        }
        Ok(())
    }

    /// Adds the body of an error, in the language of the request.
    fn add_error_body(&self, response: &mut Response, preference: &LanguagePreference) {
        let Some(WithoutBody(error)) = response.extensions_mut().remove() else { return };
        let language = preference.language();
        let problem = error.problem(language);
        if self.rules.is_page {
            set_error_page(response, &self.app.config, language, problem);
        } else {
            problem::set_body(response, problem);
        }
        preference.set_headers(response.headers_mut());
    }

    fn finish(&self, mut response: Response, id: RequestId) -> Response {
        if let Some(UnavailableCause(cause)) = response.extensions_mut().remove() {
            self.app.failed_requests.record(&cause);
        }
        if let Some(refusal) = response.extensions_mut().remove::<Refusal>() {
            self.app.refusals.record(refusal);
        }
        secure(&mut response, self.is_https);
        if self.rules.is_api || self.rules.is_page {
            forbid_storing(&mut response);
        }
        id.set(&mut response);
        response
    }
}

impl<S> Layer<S> for Guard {
    type Service = Guarded<S>;

    fn layer(&self, inner: S) -> Guarded<S> {
        Guarded { guard: self.clone(), inner }
    }
}

/// The inner service, wrapped in the layer.
#[derive(Clone)]
pub struct Guarded<S> {
    guard: Guard,
    inner: S,
}

impl<S> Service<Request> for Guarded<S>
where
    S: Service<Request, Response = Response, Error = Infallible, Future: Send + 'static>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let guard = self.guard.clone();
        let timer = RequestTimer::start(&request, &guard.app);
        let id = RequestId::of(&request);
        let networks = self.guard.app.network_rules.current();
        let span = id.span(&request, &networks.trusted_proxies);
        let preference = LanguagePreference::of(&guard.app.config, request.headers());
        let is_safe = csrf::is_safe(request.method());
        if !is_safe {
            request_body::limit_size(&mut request);
        }
        let checked = guard.check(&request, &networks).map(|()| catch_panic(self.inner.call(request)));
        let future = async move {
            let mut response = match checked {
                Err(error) => error.into_response(),
                Ok(inner) if is_safe => request_timeout(guard.rules.timeout, inner).await,
                Ok(inner) => request_timeout(guard.rules.timeout, run_to_completion(inner).boxed()).await,
            };
            guard.add_error_body(&mut response, &preference);
            debug!(status = response.status().as_u16(), "response");
            timer.stop(response.status(), &guard.app);
            Ok(guard.finish(response, id))
        };
        Box::pin(future.instrument(span))
    }
}

/// A panic in one handler is a 500 for that request alone. The panic hook has logged it. Boxed, because a request is large
/// and the futures around this one would copy it.
fn catch_panic(
    inner: impl Future<Output = Result<Response, Infallible>> + Send + 'static,
) -> BoxFuture<'static, Response> {
    let caught = AssertUnwindSafe(inner).catch_unwind();
    caught.map(|result| result.map_or_else(|_| Error::Internal.into_response(), |Ok(response)| response)).boxed()
}

/// Finishes a request that may change something even if its client disconnects: otherwise a logout could be committed
/// without this node's revocation set, and the access token would stay valid here.
async fn run_to_completion(inner: BoxFuture<'static, Response>) -> Response {
    tokio::spawn(inner.in_current_span()).await.unwrap_or_else(|_| Error::Internal.into_response())
}

async fn request_timeout(limit: Duration, mut inner: BoxFuture<'static, Response>) -> Response {
    // Most requests are answered at once, without a timer.
    if let Some(response) = (&mut inner).now_or_never() {
        return response;
    }
    match tokio::time::timeout(limit, inner).await {
        Ok(response) => response,
        Err(_) => Error::Unavailable(format!("no response within {} s", limit.as_secs()).into()).into_response(),
    }
}
