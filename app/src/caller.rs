//! Who calls a server function, as the server around it knows them. On the server only.

use std::sync::Arc;

pub use futures::future::BoxFuture;
use leptos::prelude::use_context;

use doorward::Error;

/// Somebody who has proved who they are, and what a server function can do for them.
pub trait Caller: Send + Sync {
    /// Gives them another name.
    fn change_name(&self, name: String) -> BoxFuture<'_, Result<(), Error>>;
}

/// The caller, or why there is none. The server puts it into the context of each call.
#[derive(Clone)]
pub struct WhoCalls(pub Result<Arc<dyn Caller>, Error>);

/// The caller. A page that is being rendered has none: private data is fetched by the browser.
pub(crate) fn caller() -> Result<Arc<dyn Caller>, Error> {
    let WhoCalls(caller) = use_context().ok_or(Error::Unreachable)?;
    caller
}
