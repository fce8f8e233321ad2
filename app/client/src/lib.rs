//! Doorward's client for Leptos applications: the session of a browser, its tokens, and authenticated requests.
//!
//! ```
//! use doorward::{AuthProvider, Guard, use_session};
//! use leptos::prelude::*;
//!
//! #[component]
//! fn App() -> impl IntoView {
//!     view! {
//!         <AuthProvider>
//!             <Guard unknown=|| "Loading…" anonymous=|| view! { <a href="/login">"Log in"</a> }>
//!                 <Orders/>
//!             </Guard>
//!         </AuthProvider>
//!     }
//! }
//!
//! #[component]
//! fn Orders() -> impl IntoView {
//!     let session = use_session();
//!     let orders = LocalResource::new(move || async move { session.get::<Vec<String>>("/api/orders").await });
//!     let list = move || Suspend::new(async move {
//!         orders.await.map_or("The orders could not be loaded.".to_owned(), |orders| orders.join(", "))
//!     });
//!     view! { <Suspense>{list}</Suspense> }
//! }
//! ```
//!
//! A complete application is in `app/client/examples/`; [`api`] has the wire types of the server. How the client behaves in
//! all situations is specified in `app/client/BEHAVIOR.md`.
//!
//! Modules, each using those below it:
//!
//! ```text
//!   leptos      inspector                          what an application uses
//!   global                                         the one client of a browser tab
//!   password_change  confirmation                  new credentials for the session; a proof of its user
//!   registration                                   a new account, and the code that proves its address
//!   interceptor  login                             requests with credentials; how a session starts
//!   auth_client                                    composes the parts:
//!     refresher                                      single flight, back-off, retry guard
//!     session_end_stream                             the end of the session, as soon as the server sends it
//!     logout_queue                                   logouts that the server has not confirmed yet
//!     step_up                                        requests that wait until the user has confirmed
//!     current_session                                the state machine and its signals
//!     tabs                                           locks and messages between tabs
//!   auth_api                                       the requests to /api/auth
//!   state  active_session  credentials             pure: no clock, no network
//!   platform                                       the browser APIs behind a trait: browser, server-side rendering, tests
//! ```

#![warn(missing_docs)]
#![cfg_attr(
    any(not(target_arch = "wasm32"), not(feature = "inspector")),
    expect(
        dead_code,
        reason = "nothing drives the client on a server, and nothing reads its timeline without the inspector"
    )
)]

mod active_session;
mod auth_api;
mod auth_client;
mod backoff;
mod clock;
mod confirmation;
mod credentials;
mod current_session;
mod error;
mod global;
#[cfg(feature = "inspector")]
mod inspector;
mod interceptor;
mod json;
mod leptos;
mod login;
mod logout_queue;
mod notify;
mod password_change;
mod platform;
mod refresher;
mod registration;
mod request;
mod revalidation;
mod session_end;
mod session_end_stream;
mod shared_future;
mod sse;
mod state;
mod status;
mod step_up;
mod tab_message;
mod tabs;
mod timeline;

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;

pub use doorward_api as api;

pub use self::leptos::{
    AuthProvider, AuthenticatedClient, BufferedResponse, Guard, HasSessionCookie, InitialSessionEnd, Json,
    JsonEncoding, JsonError, ReplayableRequest, RequestBuilder, SessionHandle, use_session,
};
pub use error::{Error, ProblemEncoding};
#[cfg(feature = "inspector")]
pub use inspector::{Inspector, Lifetimes, TokenParts};
pub use login::{LoginOutcome, PendingLogin};
pub use registration::Registration;
pub use session_end::SessionEnd;
pub use status::{Connection, Identity, Status};
#[cfg(feature = "inspector")]
pub use timeline::{Decision, TimelineEntry};
