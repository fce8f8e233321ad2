//! The caller of a server function, provided by the server.

use std::sync::Arc;

pub use futures::future::BoxFuture;
use leptos::prelude::use_context;

use doorward::Error;

/// An authenticated caller, with the operations that server functions perform for it.
pub trait ServerFnCaller: Send + Sync {
    fn change_name(&self, name: String) -> BoxFuture<'_, Result<(), Error>>;
}

/// The caller, or the authentication error. The server provides it as context for each call.
#[derive(Clone)]
pub struct CallerContext(pub Result<Arc<dyn ServerFnCaller>, Error>);

/// The caller of the current server function. There is none while a page is rendered: user data is fetched by the browser.
pub(crate) fn caller() -> Result<Arc<dyn ServerFnCaller>, Error> {
    let CallerContext(caller) = use_context().ok_or(Error::Unreachable)?;
    caller
}
