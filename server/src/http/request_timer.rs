//! Measures requests.

use std::time::Duration;

use axum::{
    extract::{MatchedPath, Request},
    http::{Method, StatusCode},
};

use crate::{metrics::RequestLabels, state::AppState};

/// What has no route, and methods that no route has: the client chooses them.
const OTHER: &str = "other";

/// A request that is being answered.
pub struct RequestTimer {
    route: Option<MatchedPath>,
    method: &'static str,
    started_at: Duration,
}

impl RequestTimer {
    pub fn start(request: &Request, app: &AppState) -> Self {
        Self {
            route: request.extensions().get().cloned(),
            method: method(request.method()),
            started_at: app.clock.uptime(),
        }
    }

    pub fn stop(self, status: StatusCode, app: &AppState) {
        // Any method can be sent to any path: there is no route for these.
        let route = self.route.as_ref().filter(|_| status != StatusCode::METHOD_NOT_ALLOWED);
        let route = route.map_or(OTHER, MatchedPath::as_str).to_owned();
        let labels = RequestLabels { route, method: self.method, status: status.as_u16() };
        app.metrics.answered(&labels, app.clock.uptime().saturating_sub(self.started_at));
    }
}

fn method(method: &Method) -> &'static str {
    const KNOWN: [Method; 7] =
        [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];
    const NAMES: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    KNOWN.iter().position(|known| known == method).map_or(OTHER, |at| NAMES[at])
}
