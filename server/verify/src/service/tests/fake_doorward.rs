//! A Doorward in memory, as a transport: key set, feed, outages and wrong responses.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::HeaderMap;
use serde_json::{Value, json};
use tokio::{
    sync::watch,
    time::{Duration, Instant, sleep},
};

use super::{
    super::transport::{FetchError, FetchFuture, FetchRequest, FetchResponse, Transport},
    forge::{Forge, ISSUER, NOW},
};
use crate::{Jwk, Jwks};

type Response = Result<FetchResponse, FetchError>;
type ResponseOverride = Arc<dyn Fn(&FetchRequest) -> Option<Response> + Send + Sync>;

pub struct State {
    started: Instant,
    /// The published keys; the last one signs.
    pub keys: Vec<Arc<Forge>>,
    pub revoked: Vec<(String, i64)>,
    pub is_down: bool,
    pub max_age: u64,
    /// How long the response with the key set takes.
    pub jwks_delay: Duration,
    /// Replaces the response to each request for which it gives one.
    pub response_override: Option<ResponseOverride>,
    /// How many of the next requests to the feed never get a response.
    pub lost_requests: usize,
    /// How many seconds Doorward's clock is behind.
    pub clock_behind: i64,
    /// All requests, with their time since the start.
    pub requests: Vec<(Duration, FetchRequest)>,
    changes: watch::Sender<()>,
}

#[derive(Clone)]
pub struct FakeDoorward(Arc<Mutex<State>>);

impl FakeDoorward {
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(State {
            started: Instant::now(),
            keys: vec![Arc::new(Forge::new())],
            revoked: Vec::new(),
            is_down: false,
            max_age: 300,
            jwks_delay: Duration::ZERO,
            response_override: None,
            lost_requests: 0,
            clock_behind: 0,
            requests: Vec::new(),
            changes: watch::Sender::default(),
        })))
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The key that signs.
    pub fn key(&self) -> Arc<Forge> {
        self.state().keys.last().expect("a key").clone()
    }

    /// A valid token, issued now.
    pub fn token(&self) -> String {
        self.token_of("session")
    }

    pub fn token_of(&self, sid: &str) -> String {
        token(&self.key(), sid, self.now())
    }

    /// The right time, in seconds since the Unix epoch.
    pub fn now(&self) -> i64 {
        NOW + i64::try_from(self.state().started.elapsed().as_secs()).expect("a short test")
    }

    /// Adds a key that signs from now on.
    pub fn add_key(&self, kid: &str) {
        self.state().keys.push(Arc::new(Forge::named(kid)));
    }

    pub fn end_session(&self, sid: &str) {
        let until = self.now() + 960;
        let mut state = self.state();
        state.revoked.push((sid.into(), until));
        state.changes.send_replace(());
    }

    pub fn override_response(&self, respond: impl Fn(&FetchRequest) -> Option<Response> + Send + Sync + 'static) {
        self.state().response_override = Some(Arc::new(respond));
    }

    /// When paths that contain `path` were requested, in seconds since the start.
    pub fn requests_to(&self, path: &str) -> Vec<f64> {
        let state = self.state();
        let matching = state.requests.iter().filter(|(_, request)| request.path.contains(path));
        matching.map(|(at, _)| at.as_secs_f64()).collect()
    }

    pub fn jwks(&self) -> FetchResponse {
        let state = self.state();
        let keys = state.keys.iter().map(|key| Jwk::ed25519(key.kid.clone(), key.x.clone())).collect();
        let mut headers = HeaderMap::new();
        let cache_control = format!("public, max-age={}", state.max_age);
        headers.insert("cache-control", cache_control.parse().expect("a header"));
        FetchResponse { headers, body: serde_json::to_vec(&Jwks { keys }).expect("JSON").into() }
    }

    /// The page after a cursor, which is the number of sessions before it; `None` without changes.
    fn page_with_changes(&self, after: Option<&str>) -> Option<FetchResponse> {
        let (known, revoked) =
            (after.map(|after| after.parse().expect("a cursor of this fake")), self.state().revoked.clone());
        (known != Some(revoked.len())).then(|| self.page(after, &revoked[known.unwrap_or(0)..]))
    }

    pub fn page(&self, after: Option<&str>, revoked: &[(String, i64)]) -> FetchResponse {
        let cursor = self.state().revoked.len().to_string();
        let clock_behind = self.state().clock_behind;
        let (iat, key) = (self.now() - clock_behind, self.key());
        sign_page(&key, &json!({"iss": ISSUER, "iat": iat, "after": after, "cursor": cursor, "revoked": revoked}))
    }

    /// Whether the current request to the feed is lost.
    fn loses_request(&self) -> bool {
        let mut state = self.state();
        let left = state.lost_requests.checked_sub(1);
        state.lost_requests = left.unwrap_or(0);
        left.is_some()
    }

    async fn respond(self, request: FetchRequest) -> Response {
        let (response_override, is_down, changes) = {
            let mut state = self.state();
            let at = state.started.elapsed();
            state.requests.push((at, request.clone()));
            (state.response_override.clone(), state.is_down, state.changes.clone())
        };
        if is_down {
            return Err(FetchError::new("down"));
        }
        if let Some(response) = response_override.and_then(|respond| respond(&request)) {
            return response;
        }
        if request.path == "/.well-known/jwks.json" {
            let delay = self.state().jwks_delay;
            let response = self.jwks();
            sleep(delay).await;
            return Ok(response);
        }
        if self.loses_request() {
            std::future::pending::<()>().await;
        }
        let after = request.path.strip_prefix("/.well-known/revocations").expect("the feed");
        let after = after.strip_prefix("?after=");
        let mut changes = changes.subscribe();
        let long_poll = sleep(Duration::from_secs(25));
        tokio::pin!(long_poll);
        loop {
            if let Some(response) = self.page_with_changes(after) {
                return Ok(response);
            }
            tokio::select! {
                _ = changes.changed() => {}
                () = &mut long_poll => return Ok(self.page(after, &[])),
            }
        }
    }
}

impl Transport for FakeDoorward {
    fn get(&self, request: FetchRequest) -> FetchFuture {
        Box::pin(self.clone().respond(request))
    }
}

/// A page of the feed with these claims.
pub fn sign_page(key: &Forge, claims: &Value) -> FetchResponse {
    let header = json!({"typ": "revocations+jwt", "alg": "EdDSA", "kid": key.kid});
    FetchResponse { headers: HeaderMap::new(), body: key.sign_text(&header.to_string(), &claims.to_string()).into() }
}

/// An access token that expires after five minutes.
pub fn token(key: &Forge, sid: &str, now: i64) -> String {
    let claims = json!({
        "iss": ISSUER, "aud": super::AUDIENCE, "sub": "ada", "sid": sid, "jti": "token",
        "iat": now, "nbf": now, "exp": now + 300, "auth_time": now, "name": "Ada", "roles": ["admin"],
        "acr": "1", "amr": ["pwd"],
    });
    let header = json!({"typ": "at+jwt", "alg": "EdDSA", "kid": key.kid});
    key.sign_text(&header.to_string(), &claims.to_string())
}
