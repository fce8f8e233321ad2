//! A Doorward in memory: keys, feed, outages and lies.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::HeaderMap;
use serde_json::{Value, json};
use tokio::{
    sync::watch,
    time::{Duration, Instant, sleep},
};

use super::{
    super::transport::{Answer, Answering, Failed, Question, Transport},
    forge::{Forge, ISSUER, NOW},
};
use crate::{Jwk, Jwks};

/// What Doorward would say, changed by a test.
type Lie = Arc<dyn Fn(&Question) -> Option<Result<Answer, Failed>> + Send + Sync>;

pub struct State {
    begin: Instant,
    /// The keys that are published; the last one signs.
    pub keys: Vec<Arc<Forge>>,
    pub revoked: Vec<(String, i64)>,
    pub is_down: bool,
    pub max_age: u64,
    /// How long a key set is on its way.
    pub takes: Duration,
    pub lie: Option<Lie>,
    /// How many of the next questions to the feed are never answered.
    pub loses: usize,
    /// By how many seconds Doorward's own clock is behind.
    pub behind: i64,
    /// Each question, and when it was asked.
    pub asked: Vec<(Duration, Question)>,
    changes: watch::Sender<()>,
}

#[derive(Clone)]
pub struct Fake(Arc<Mutex<State>>);

impl Fake {
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(State {
            begin: Instant::now(),
            keys: vec![Arc::new(Forge::new())],
            revoked: Vec::new(),
            is_down: false,
            max_age: 300,
            takes: Duration::ZERO,
            lie: None,
            loses: 0,
            behind: 0,
            asked: Vec::new(),
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

    /// A good token, issued now.
    pub fn token(&self) -> String {
        self.token_of("session")
    }

    pub fn token_of(&self, sid: &str) -> String {
        token(&self.key(), sid, self.now())
    }

    /// The time of day.
    pub fn now(&self) -> i64 {
        NOW + i64::try_from(self.state().begin.elapsed().as_secs()).expect("a short test")
    }

    /// Adds a key, which signs from now on.
    pub fn add_key(&self, kid: &str) {
        self.state().keys.push(Arc::new(Forge::named(kid)));
    }

    /// Ends a session.
    pub fn end(&self, sid: &str) {
        let until = self.now() + 960;
        let mut state = self.state();
        state.revoked.push((sid.into(), until));
        state.changes.send_replace(());
    }

    pub fn lie(&self, lie: impl Fn(&Question) -> Option<Result<Answer, Failed>> + Send + Sync + 'static) {
        self.state().lie = Some(Arc::new(lie));
    }

    /// The moments, in seconds since the beginning, at which such a path was asked for.
    pub fn asked(&self, path: &str) -> Vec<f64> {
        let state = self.state();
        let of_path = state.asked.iter().filter(|(_, question)| question.path.contains(path));
        of_path.map(|(at, _)| at.as_secs_f64()).collect()
    }

    pub fn jwks(&self) -> Answer {
        let state = self.state();
        let keys = state.keys.iter().map(|key| Jwk::ed25519(key.kid.clone(), key.x.clone())).collect();
        let mut headers = HeaderMap::new();
        let kept = format!("public, max-age={}", state.max_age);
        headers.insert("cache-control", kept.parse().expect("a header"));
        Answer { headers, body: serde_json::to_vec(&Jwks { keys }).expect("JSON").into() }
    }

    /// What has come after a cursor, which is the number of what came before; `None` for nothing.
    fn news(&self, after: Option<&str>) -> Option<Answer> {
        let (known, revoked) = (after.map(|after| after.parse().expect("our cursor")), self.state().revoked.clone());
        (known != Some(revoked.len())).then(|| self.document(after, &revoked[known.unwrap_or(0)..]))
    }

    pub fn document(&self, after: Option<&str>, revoked: &[(String, i64)]) -> Answer {
        let cursor = self.state().revoked.len().to_string();
        let behind = self.state().behind;
        let (iat, key) = (self.now() - behind, self.key());
        signed(&key, &json!({"iss": ISSUER, "iat": iat, "after": after, "cursor": cursor, "revoked": revoked}))
    }

    /// Whether the question that was just asked is lost.
    fn loses(&self) -> bool {
        let mut state = self.state();
        let left = state.loses.checked_sub(1);
        state.loses = left.unwrap_or(0);
        left.is_some()
    }

    async fn answer(self, question: Question) -> Result<Answer, Failed> {
        let (lie, is_down, changes) = {
            let mut state = self.state();
            let at = state.begin.elapsed();
            state.asked.push((at, question.clone()));
            (state.lie.clone(), state.is_down, state.changes.clone())
        };
        if is_down {
            return Err(Failed::new("it is down"));
        }
        if let Some(lie) = lie.and_then(|lie| lie(&question)) {
            return lie;
        }
        if question.path == "/.well-known/jwks.json" {
            let takes = self.state().takes;
            let answer = self.jwks();
            sleep(takes).await;
            return Ok(answer);
        }
        if self.loses() {
            std::future::pending::<()>().await;
        }
        let after = question.path.strip_prefix("/.well-known/revocations").expect("the feed");
        let after = after.strip_prefix("?after=");
        let mut news = changes.subscribe();
        let wait = sleep(Duration::from_secs(25));
        tokio::pin!(wait);
        loop {
            if let Some(answer) = self.news(after) {
                return Ok(answer);
            }
            tokio::select! {
                _ = news.changed() => {}
                () = &mut wait => return Ok(self.document(after, &[])),
            }
        }
    }
}

impl Transport for Fake {
    fn get(&self, question: Question) -> Answering {
        Box::pin(self.clone().answer(question))
    }
}

/// A document of the feed with these claims.
pub fn signed(key: &Forge, claims: &Value) -> Answer {
    let header = json!({"typ": "revocations+jwt", "alg": "EdDSA", "kid": key.kid});
    Answer { headers: HeaderMap::new(), body: key.sign_text(&header.to_string(), &claims.to_string()).into() }
}

/// An access token of five minutes.
pub fn token(key: &Forge, sid: &str, now: i64) -> String {
    let claims = json!({
        "iss": ISSUER, "aud": super::AUDIENCE, "sub": "ada", "sid": sid, "jti": "token",
        "iat": now, "nbf": now, "exp": now + 300, "auth_time": now, "name": "Ada", "roles": ["admin"],
    });
    let header = json!({"typ": "at+jwt", "alg": "EdDSA", "kid": key.kid});
    key.sign_text(&header.to_string(), &claims.to_string())
}
