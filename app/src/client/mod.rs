//! The browser's half of authentication: holds the access token and gets requests through.
//! Knows nothing of our pages; other Leptos applications use it too.
//!
//! ```text
//!   provider, handle                 what an application sees
//!   interceptor                      requests with a token
//!   login  refresh  logout           what changes the session       bare: their requests, without a token
//!   core                             the one session of this tab
//!   session  grant  token  backoff   pure: no clock, no network
//!   platform                         what all of this asks of the world: browser, elsewhere, the tests' own
//! ```

mod backoff;
mod bare;
mod core;
mod error;
mod grant;
mod handle;
mod interceptor;
mod login;
mod logout;
mod platform;
mod provider;
mod refresh;
mod request;
mod session;
mod status;
mod token;

#[cfg(test)]
mod tests;

#[cfg(target_arch = "wasm32")]
#[path = "browser.rs"]
mod here;
#[cfg(not(target_arch = "wasm32"))]
#[path = "elsewhere.rs"]
mod here;

pub use error::Error;
pub use handle::{SessionHandle, use_session};
pub use provider::{AuthProvider, HasSessionCookie};
pub use status::{Connection, Status};
