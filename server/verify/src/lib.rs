//! Strict checking of Doorward's access tokens, in any Axum service, without a shared store and without asking anybody on
//! the way of a request. A session that ends takes its tokens with it within a second.
//!
//! ```no_run
//! use axum::{Router, routing::get};
//! use doorward_verify::service::{Caller, CallerWith, Doorward, Role};
//!
//! struct Admin;
//! impl Role for Admin {
//!     const NAME: &'static str = "admin";
//! }
//!
//! // Whoever calls this is logged in: everybody else has got 401 before.
//! async fn hello(caller: Caller) -> String {
//!     format!("Hello {}", caller.name)
//! }
//!
//! // Whoever calls this is an admin: everybody else has got 403.
//! async fn close(admin: CallerWith<Admin>) -> String {
//!     format!("closed by {}", admin.sub)
//! }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let doorward = Doorward::at("https://login.example").audience("https://shop.example").start()?;
//!     doorward.ready().await;
//!     let router = Router::new().route("/hello", get(hello)).route("/close", get(close)).with_state(doorward);
//!     let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
//!     Ok(axum::serve(listener, router).await?)
//! }
//! ```
//!
//! The crate is not on a registry: depend on it by `doorward-verify = { git = "…", tag = "…" }`.
//!
//! A service with a state of its own implements `axum::extract::FromRef` for [`Doorward`](service::Doorward). To protect a
//! whole router, whatever its handlers ask for, put the extractor around it:
//!
//! ```no_run
//! use axum::{Router, middleware::from_extractor_with_state, routing::get};
//! use doorward_verify::service::{Caller, Doorward};
//!
//! fn protected(doorward: Doorward) -> Router {
//!     let routes = Router::new().route("/hello", get(async || "Hello"));
//!     routes.route_layer(from_extractor_with_state::<Caller, _>(doorward))
//! }
//! ```
//!
//! Without Axum, [`check_headers`](service::Doorward::check_headers) takes the headers of an `http::Request`, which is what
//! hyper and the layers of tonic have, and [`check`](service::Doorward::check) the token alone, wherever it came from.
//!
//! # Tests of a service
//!
//! With the feature `testing`, `doorward_verify::testing::doorward()` is a handle without a server, and issues tokens for it:
//! a good caller, one without the role, one whose session has ended. Its documentation has a complete test.
//!
//! # The checks alone
//!
//! Without the feature `service` there is no HTTP and nothing runs: whoever has the keys gives them. One function opens
//! every token ([`jws::open`]): one algorithm bound to the key, the key chosen by configuration alone, nothing in the
//! header followed (RFC 8725). [`AccessTokens`] adds the claims of an access token (RFC 9068).
//!
//! ```
//! use doorward_verify::{AccessTokens, KeySet, Refused};
//!
//! let checks = AccessTokens::new("https://login.example", "https://shop.example");
//! let keys = KeySet::default(); // filled from /.well-known/jwks.json
//! let refused = checks.check("not.a.token", &keys, 1_700_000_000).unwrap_err();
//! assert!(matches!(refused, Refused::Invalid(_)));
//! ```

// The tests inside of this crate share the forge of those outside.
#[cfg(test)]
extern crate self as doorward_verify;

mod access_token;
mod bearer;
pub mod feed;
pub mod jws;
mod key_set;
mod memory;
#[cfg(feature = "service")]
pub mod service;

pub use access_token::{AccessTokens, Claims, LONGEST_LIFE};
pub use bearer::bearer;
#[cfg(all(feature = "service", any(test, feature = "testing")))]
pub use service::testing;

pub use key_set::{Jwk, Jwks, KeySet, UnusableKey};

/// Why a token is not accepted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Refused {
    /// Genuine and well formed, but its time is over: its owner may ask for a new one.
    Expired,
    /// Anything else, with the reason for the log. Never tell the sender more than "invalid".
    Invalid(&'static str),
}
