//! The one client of a browser tab. Server functions reach it from here, because `server_fn` gives their client no context.

use std::{cell::OnceCell, rc::Rc};

use crate::{SessionEnd, auth_client::AuthClient, platform::BrowserPlatform, state::SessionEvent};

thread_local! {
    // Filled in a browser only, which has one thread and one user; it outlives all components. On a server it stays empty:
    // there is no value of `BrowserPlatform`.
    static CLIENT: OnceCell<Rc<AuthClient<BrowserPlatform>>> = const { OnceCell::new() };
}

/// The client of this tab. `None` on the server, and before a provider has opened it.
pub(crate) fn client() -> Option<Rc<AuthClient<BrowserPlatform>>> {
    CLIENT.with(|client| client.get().cloned())
}

/// Opens the client of this tab; a second provider gets the same one. `None` on the server.
pub(crate) fn open(may_be_logged_in: bool, end: Option<&SessionEnd>) -> Option<Rc<AuthClient<BrowserPlatform>>> {
    if let Some(client) = client() {
        return Some(client);
    }
    let client = AuthClient::new(BrowserPlatform::new()?, may_be_logged_in || end.is_some());
    if let Some(end) = end {
        client.session.apply(client.session.epoch(), SessionEvent::Ended(Some(end.clone())));
    }
    client.listen();
    CLIENT.with(|global| _ = global.set(Rc::clone(&client)));
    Some(client)
}
