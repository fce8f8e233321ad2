//! What a Leptos application uses: provider, guard, session handle, requests, server functions.

mod guard;
mod provider;
mod request_builder;
mod server_fn;
mod session_handle;

pub use guard::Guard;
pub use provider::{AuthProvider, HasSessionCookie, InitialSessionEnd};
pub use request_builder::RequestBuilder;
pub use server_fn::{AuthenticatedClient, BufferedResponse, Json, JsonEncoding, JsonError, ReplayableRequest};
pub use session_handle::{SessionHandle, use_session};
