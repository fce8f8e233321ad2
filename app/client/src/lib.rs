//! The browser's half of authentication: holds what proves a session, and gets requests through.
//! Any Leptos application can use it; [`api`] has the wire types of the server.
//!
//! ```
//! use doorward::{AuthProvider, Guard, use_session};
//! use leptos::prelude::*;
//!
//! #[component]
//! fn App() -> impl IntoView {
//!     view! {
//!         <AuthProvider>
//!             <Guard unknown=|| "One moment…" anonymous=|| view! { <a href="/login">"Log in"</a> }>
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
//!     let told = move || Suspend::new(async move {
//!         orders.await.map_or("They cannot be read now.".to_owned(), |orders| orders.join(", "))
//!     });
//!     view! { <Suspense>{told}</Suspense> }
//! }
//! ```
//!
//! A complete application is in `app/client/examples/`.
//!
//! ```text
//!   provider  guard  handle  request_builder     what an application sees
//!   server_fn                                    the same for Leptos server functions
//!   inspector  timeline  faults                  a look inside, for developers
//!   interceptor                                  requests with what proves them
//!   login  refresh  logout                       what changes the session       bare: their requests
//!   tabs  news                                   one refresh for all tabs, and what they tell each other
//!   push  events                                 the end of the session, as soon as the server knows it
//!   core                                         the one session of this tab
//!   session  grant  pass  token  backoff  json   pure: no clock, no network
//!   platform                                     what all of this asks of the world: browser, elsewhere, the tests' own
//! ```

#![cfg_attr(
    not(target_arch = "wasm32"),
    allow(dead_code, reason = "on the server there is no browser, and nobody to tell the core what happens in it")
)]

mod backoff;
mod bare;
mod bell;
mod core;
mod end;
mod error;
mod events;
mod faults;
mod grant;
mod guard;
mod handle;
mod inspector;
mod interceptor;
mod json;
mod login;
mod logout;
mod news;
mod pass;
mod platform;
mod provider;
mod push;
mod refresh;
mod request;
mod request_builder;
mod server_fn;
mod session;
mod status;
mod tabs;
mod timeline;
mod token;

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;

#[cfg(target_arch = "wasm32")]
#[path = "browser/mod.rs"]
mod here;
#[cfg(not(target_arch = "wasm32"))]
#[path = "elsewhere.rs"]
mod here;

pub use doorward_api as api;

pub use end::SessionEnd;
pub use error::{Error, ProblemEncoding};
pub use guard::Guard;
pub use handle::{SessionHandle, use_session};
pub use inspector::{Inspector, Lifetimes, TokenParts};
pub use provider::{AuthProvider, HasSessionCookie};
pub use request_builder::RequestBuilder;
pub use server_fn::{AuthenticatedClient, BufferedResponse, Json, ReplayableRequest};
pub use status::{Connection, Identity, Status};
pub use timeline::{Decision, TimelineEntry};
