//! A Doorward in process, for the tests of a service: no server, no network, and tokens of whoever is needed.
//!
//! ```toml
//! [dev-dependencies]
//! doorward-verify = { git = "…", features = ["testing"] }
//! ```
//!
//! ```
//! use axum::{Router, body::Body, http::{Request, StatusCode}, routing::get};
//! use doorward_verify::{service::{CallerWith, Role}, testing};
//! use tower::ServiceExt;
//!
//! struct Admin;
//! impl Role for Admin {
//!     const NAME: &'static str = "admin";
//! }
//!
//! async fn close(admin: CallerWith<Admin>) -> String {
//!     format!("closed by {}", admin.sub)
//! }
//!
//! # #[tokio::main]
//! # async fn main() {
//! let (doorward, tokens) = testing::doorward().await;
//! let router = Router::new().route("/close", get(close)).with_state(doorward);
//! let status = async |token: Option<&str>| {
//!     let request = Request::get("/close");
//!     let request = match token {
//!         Some(token) => request.header("authorization", format!("Bearer {token}")),
//!         None => request,
//!     };
//!     let request = request.body(Body::empty()).expect("a path and a header");
//!     router.clone().oneshot(request).await.expect("an answer: a router has no errors").status()
//! };
//!
//! let admin = tokens.of("ada").role("admin").session("phone").jwt();
//! assert_eq!(status(Some(&admin)).await, StatusCode::OK);
//! assert_eq!(status(Some(&tokens.of("bob").jwt())).await, StatusCode::FORBIDDEN);
//! assert_eq!(status(None).await, StatusCode::UNAUTHORIZED);
//!
//! tokens.end("phone");
//! assert_eq!(status(Some(&admin)).await, StatusCode::UNAUTHORIZED);
//! # }
//! ```

use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::HeaderMap;
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde::Serialize;
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::{
    Doorward,
    clock::Clock,
    transport::{Answer, Answering, Failed, Question, Transport},
};
use crate::{Claims, Jwk, Jwks, LONGEST_LIFE, feed::Revocations};

/// Who issues the tokens.
pub const ISSUER: &str = "https://login.example";
const KID: &str = "testing";
const LIFE: i64 = 300;

/// A handle for a service, ready at once, and tokens that it takes. It needs a Tokio runtime; a paused clock is fine.
pub async fn doorward() -> (Doorward, Tokens) {
    let key = Arc::new(Key::new());
    let doorward = Doorward::at(ISSUER).start_on(InProcess(key.clone()));
    doorward.ready().await;
    (doorward.clone(), Tokens { key, doorward })
}

/// Issues tokens, and ends sessions.
pub struct Tokens {
    key: Arc<Key>,
    doorward: Doorward,
}

impl Tokens {
    /// A token of this user, without a role and of the session `session`, to be changed as a test needs it.
    pub fn of(&self, sub: &str) -> Token<'_> {
        let now = Clock::system().now();
        let claims = Claims {
            iss: ISSUER.into(),
            aud: ISSUER.into(),
            sub: sub.into(),
            sid: "session".into(),
            jti: "token".into(),
            iat: now,
            nbf: now,
            exp: now + LIFE,
            auth_time: now,
            name: sub.into(),
            roles: Vec::new(),
        };
        Token { key: &self.key, claims }
    }

    /// Ends a session: its tokens, old and new, are refused from now on.
    pub fn end(&self, sid: &str) {
        let now = Clock::system().now();
        let mut document = nothing_new(now);
        document.revoked.push((sid.into(), now + LONGEST_LIFE));
        let mut ended = self.doorward.0.shared.ended.write().unwrap_or_else(PoisonError::into_inner);
        ended.learn(&document, now, Instant::now()).expect("a session with a short id");
    }
}

/// A token to be.
#[must_use]
pub struct Token<'a> {
    key: &'a Key,
    claims: Claims,
}

impl Token<'_> {
    /// Adds a role.
    pub fn role(mut self, role: &str) -> Self {
        self.claims.roles.push(role.into());
        self
    }

    /// Calls the person so, instead of by the user's id.
    pub fn name(mut self, name: &str) -> Self {
        self.claims.name = name.into();
        self
    }

    /// Makes it a token of this session.
    pub fn session(mut self, sid: &str) -> Self {
        self.claims.sid = sid.into();
        self
    }

    /// Makes it one that expired this second.
    pub fn expired(mut self) -> Self {
        for time in [&mut self.claims.iat, &mut self.claims.nbf, &mut self.claims.exp, &mut self.claims.auth_time] {
            *time -= LIFE;
        }
        self
    }

    /// The token, as it stands after `Bearer `.
    pub fn jwt(self) -> String {
        self.key.sign("at+jwt", &self.claims)
    }
}

struct Key {
    signing: EncodingKey,
    public: Jwk,
}

impl Key {
    fn new() -> Self {
        let pair = Ed25519KeyPair::generate().expect("random bytes");
        let signing = EncodingKey::from_ed_der(pair.to_pkcs8().expect("a key that was just made").as_ref());
        Self { signing, public: Jwk::ed25519(KID.into(), URL_SAFE_NO_PAD.encode(pair.public_key())) }
    }

    fn sign(&self, typ: &str, claims: &impl Serialize) -> String {
        let header = json!({"typ": typ, "alg": "EdDSA", "kid": KID}).to_string();
        let claims = serde_json::to_string(claims).expect("claims are JSON");
        let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let signature = crypto::sign(message.as_bytes(), &self.signing, Algorithm::EdDSA).expect("a key that signs");
        format!("{message}.{signature}")
    }
}

/// A Doorward where nothing happens: sessions end in the handle itself, so that no test has to wait.
struct InProcess(Arc<Key>);

impl Transport for InProcess {
    fn get(&self, question: Question) -> Answering {
        let key = self.0.clone();
        Box::pin(async move {
            let body = if question.path.ends_with("jwks.json") {
                serde_json::to_vec(&Jwks { keys: vec![key.public.clone()] }).map_err(Failed::new)?
            } else {
                if question.path.contains('?') {
                    sleep(Duration::from_secs(20)).await;
                }
                key.sign("revocations+jwt", &nothing_new(Clock::system().now())).into_bytes()
            };
            Ok(Answer { headers: HeaderMap::new(), body: body.into() })
        })
    }
}

fn nothing_new(iat: i64) -> Revocations {
    Revocations { iss: ISSUER.into(), iat, after: None, cursor: "0".into(), revoked: Vec::new() }
}
