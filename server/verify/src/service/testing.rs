//! A Doorward in the test process, for the tests of a service: no server and no network, and access tokens as a test
//! needs them.
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
//!     let request = request.body(Body::empty()).expect("a valid request");
//!     router.clone().oneshot(request).await.expect("a router never fails").status()
//! };
//!
//! let admin = tokens.for_user("ada").role("admin").session("phone").jwt();
//! assert_eq!(status(Some(&admin)).await, StatusCode::OK);
//! assert_eq!(status(Some(&tokens.for_user("bob").jwt())).await, StatusCode::FORBIDDEN);
//! assert_eq!(status(None).await, StatusCode::UNAUTHORIZED);
//!
//! tokens.end_session("phone");
//! assert_eq!(status(Some(&admin)).await, StatusCode::UNAUTHORIZED);
//! # }
//! ```

use std::{sync::Arc, time::Duration};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::HeaderMap;
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde::Serialize;
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::{
    clock::Clock,
    doorward::Doorward,
    transport::{FetchError, FetchFuture, FetchRequest, FetchResponse, Transport},
};
use crate::{
    Acr, Claims, Jwk, Jwks, MAX_TOKEN_LIFETIME,
    feed::{FEED_KIND, FeedPage},
};

/// The issuer and the audience of the tokens.
pub const ISSUER: &str = "https://login.example";
const KID: &str = "testing";
/// In seconds.
const TOKEN_LIFETIME: i64 = 300;

/// A handle that is ready, and an issuer of tokens that it accepts. Must be called in a Tokio runtime; a paused clock
/// works.
pub async fn doorward() -> (Doorward, TokenIssuer) {
    let key = Arc::new(SigningKey::generate());
    let doorward = Doorward::at(ISSUER).start_with(InProcess(key.clone()));
    doorward.ready().await;
    (doorward.clone(), TokenIssuer { key, doorward })
}

/// Issues access tokens and ends sessions.
pub struct TokenIssuer {
    key: Arc<SigningKey>,
    doorward: Doorward,
}

impl TokenIssuer {
    /// A token for the user with this ID, to be changed as a test needs it: valid for five minutes, without a role, of
    /// the session `session`.
    pub fn for_user(&self, sub: &str) -> TokenBuilder<'_> {
        let now = Clock::system().now();
        let claims = Claims {
            iss: ISSUER.into(),
            aud: ISSUER.into(),
            sub: sub.into(),
            sid: "session".into(),
            jti: "token".into(),
            iat: now,
            nbf: now,
            exp: now + TOKEN_LIFETIME,
            auth_time: now,
            name: sub.into(),
            roles: Vec::new(),
            acr: Some(Acr::One),
            amr: vec!["pwd".into()],
        };
        TokenBuilder { key: &self.key, claims }
    }

    /// Ends a session: all its tokens are rejected from now on, with `session_ended`.
    pub fn end_session(&self, sid: &str) {
        let now = Clock::system().now();
        let mut page = empty_page(now);
        page.revoked.push((sid.into(), now + MAX_TOKEN_LIFETIME));
        self.doorward.revoked().apply(&page, now, Instant::now()).expect("a session with a short ID");
    }
}

/// An access token before it is signed.
#[must_use]
pub struct TokenBuilder<'a> {
    key: &'a SigningKey,
    claims: Claims,
}

impl TokenBuilder<'_> {
    /// Adds a role.
    pub fn role(mut self, role: &str) -> Self {
        self.claims.roles.push(role.into());
        self
    }

    /// Sets the display name. Default: the user's ID.
    pub fn name(mut self, name: &str) -> Self {
        self.claims.name = name.into();
        self
    }

    /// Sets the session ID.
    pub fn session(mut self, sid: &str) -> Self {
        self.claims.sid = sid.into();
        self
    }

    /// Makes the token expire in this second.
    pub fn expired(mut self) -> Self {
        for time in [&mut self.claims.iat, &mut self.claims.nbf, &mut self.claims.exp, &mut self.claims.auth_time] {
            *time -= TOKEN_LIFETIME;
        }
        self
    }

    /// Sets how many seconds ago the user proved who they are. Default: now.
    pub fn authenticated_before(mut self, seconds: i64) -> Self {
        self.claims.auth_time = self.claims.iat - seconds;
        self
    }

    /// Sets how strongly the user proved who they are. Default: with one factor.
    pub fn acr(mut self, acr: Acr) -> Self {
        self.claims.acr = Some(acr);
        self
    }

    /// Signs the token; the result goes after `Authorization: Bearer `.
    pub fn jwt(self) -> String {
        self.key.sign("at+jwt", &self.claims)
    }
}

struct SigningKey {
    private: EncodingKey,
    public: Jwk,
}

impl SigningKey {
    fn generate() -> Self {
        let pair = Ed25519KeyPair::generate().expect("random bytes");
        let private = EncodingKey::from_ed_der(pair.to_pkcs8().expect("a generated key").as_ref());
        Self { private, public: Jwk::ed25519(KID.into(), URL_SAFE_NO_PAD.encode(pair.public_key())) }
    }

    fn sign(&self, typ: &str, claims: &impl Serialize) -> String {
        let header = json!({"typ": typ, "alg": "EdDSA", "kid": KID}).to_string();
        let claims = serde_json::to_string(claims).expect("claims are JSON");
        let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let signature = crypto::sign(message.as_bytes(), &self.private, Algorithm::EdDSA).expect("an Ed25519 key");
        format!("{message}.{signature}")
    }
}

/// A Doorward whose feed never changes: [`TokenIssuer::end_session`] writes to the handle itself, so that no test has
/// to wait.
struct InProcess(Arc<SigningKey>);

impl Transport for InProcess {
    fn get(&self, request: FetchRequest) -> FetchFuture {
        let key = self.0.clone();
        Box::pin(async move {
            let body = if request.path.ends_with("jwks.json") {
                serde_json::to_vec(&Jwks { keys: vec![key.public.clone()] }).map_err(FetchError::new)?
            } else {
                if request.path.contains('?') {
                    sleep(Duration::from_secs(20)).await;
                }
                key.sign(FEED_KIND.typ, &empty_page(Clock::system().now())).into_bytes()
            };
            Ok(FetchResponse { headers: HeaderMap::new(), body: body.into() })
        })
    }
}

fn empty_page(iat: i64) -> FeedPage {
    FeedPage { iss: ISSUER.into(), iat, after: None, cursor: "0".into(), revoked: Vec::new() }
}
