//! Strict verification of Doorward's access tokens in any Axum service, by public keys alone: no shared store, and no
//! request to Doorward while a request is served. Revoked sessions are rejected within a second.
//!
//! ```no_run
//! use axum::{Router, routing::get};
//! use doorward_verify::service::{AtLeast, Caller, CallerWith, Doorward, Recent, Role, Two};
//!
//! struct Admin;
//! impl Role for Admin {
//!     const NAME: &'static str = "admin";
//! }
//!
//! // Runs for callers with a valid access token only; others get 401.
//! async fn hello(caller: Caller) -> String {
//!     format!("Hello {}", caller.name)
//! }
//!
//! // Runs for admins only; others get 403.
//! async fn close(admin: CallerWith<Admin>) -> String {
//!     format!("closed by {}", admin.sub)
//! }
//!
//! // Runs for callers who have entered their password in the last five minutes; others are asked for it.
//! async fn pay(caller: CallerWith<Recent<300>>) -> String {
//!     format!("paid by {}", caller.sub)
//! }
//!
//! // Runs for callers who have proved who they are with two factors; others are asked for the second one.
//! async fn refund(caller: CallerWith<AtLeast<Two>>) -> String {
//!     format!("refunded to {}", caller.sub)
//! }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let doorward = Doorward::at("https://login.example").audience("https://shop.example").start()?;
//!     doorward.ready().await;
//!     let router = Router::new().route("/hello", get(hello)).route("/close", get(close)).route("/pay", get(pay));
//!     let router = router.route("/refund", get(refund)).with_state(doorward);
//!     let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
//!     Ok(axum::serve(listener, router).await?)
//! }
//! ```
//!
//! The crate is not on a registry: depend on it with `doorward-verify = { git = "…", tag = "…" }`.
//!
//! A service with a state of its own implements `axum::extract::FromRef` for [`Doorward`](service::Doorward). To
//! protect a whole router, whether or not its handlers take a caller, apply the extractor as a layer:
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
//! Without Axum, use [`verify_headers`](service::Doorward::verify_headers) with the headers of an `http::Request`,
//! which hyper and tonic have, or [`verify`](service::Doorward::verify) with the token alone.
//!
//! # Tests of a service
//!
//! With the feature `testing`, `doorward_verify::testing::doorward()` gives a [`Doorward`](service::Doorward) that
//! needs no server, and an issuer of tokens for it: with and without a role, expired, of a revoked session.
//!
//! # Verification alone
//!
//! Without the feature `service` there is no HTTP client and no background task; the caller supplies the keys.
//! [`jws::verify`] verifies every kind of token: the algorithm is fixed, the key comes from the configured key set, and
//! no URL or key in a header is used (RFC 8725). [`AccessTokenVerifier`] adds the claims of an access token (RFC 9068).
//!
//! ```
//! use doorward_verify::{AccessTokenVerifier, KeySet, TokenError};
//!
//! let verifier = AccessTokenVerifier::new("https://login.example", "https://shop.example");
//! let keys = KeySet::default(); // in production: KeySet::from_json, with the body of /.well-known/jwks.json
//! let error = verifier.verify("not.a.token", &keys, 1_700_000_000).unwrap_err();
//! assert!(matches!(error, TokenError::Invalid(_)));
//! ```

#![warn(missing_docs)]

// Unit tests and integration tests share `tests/forge`, which imports this crate by name.
#[cfg(test)]
extern crate self as doorward_verify;

mod access_token;
mod acr;
mod bearer;
mod challenge;
mod claims;
pub mod feed;
pub mod jws;
mod key_set;
#[cfg(feature = "service")]
pub mod service;
mod token_cache;
mod token_error;

pub use access_token::AccessTokenVerifier;
pub use acr::Acr;
pub use bearer::bearer_token;
pub use challenge::{acr_challenge, step_up_challenge};
pub use claims::{Claims, MAX_TOKEN_LIFETIME};
pub use key_set::{Jwk, Jwks, KeySet, KeySetError};
#[cfg(all(feature = "service", any(test, feature = "testing")))]
pub use service::testing;
pub use token_error::TokenError;
