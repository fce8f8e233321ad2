//! Login: how a session starts, also that of a registration.

use std::rc::Rc;

use doorward_api::{EndReason, Login, PendingRegistration};

use crate::{
    Error, SessionEnd,
    auth_api::{self, Started},
    auth_client::AuthClient,
    platform::Platform,
    request::Request,
    shared_future::{SharedFuture, spawn_shared},
    state::SessionEvent,
    tab_message::TabMessage,
};

/// Logs in.
pub(crate) async fn login<P: Platform>(client: &Rc<AuthClient<P>>, form: &Login) -> Result<(), Error> {
    start_session(client, auth_api::login(form)).await.map(drop)
}

/// Starts a session with a login or a registration. `Some`: a registration waits for the code from its mail, and nothing has
/// changed.
pub(crate) fn start_session<P: Platform>(
    client: &Rc<AuthClient<P>>,
    request: Request,
) -> SharedFuture<Result<Option<PendingRegistration>, Error>> {
    let logouts = client.logouts.count();
    let this = Rc::clone(client);
    // The response sets a cookie even if the caller is gone, so it is always handled.
    spawn_shared(&*client.platform, async move {
        let AuthClient { platform, session, tabs, .. } = &*this;
        let _lock = tabs.cookie_lock(&|| false).await;
        let started = match auth_api::start_session(&**platform, &request).await? {
            Started::Session(started) => started,
            Started::Pending(pending) => return Ok(Some(pending)),
        };
        if this.logouts.count() != logouts {
            // The user logged out in the meantime. If the new session is that of the cookie, that logout will end it.
            if started.is_tab_bound() {
                this.logouts.push(Some(started));
            }
            return Err(Error::SessionEnded { end: Some(SessionEnd::new(EndReason::LoggedOut)) });
        }
        let tab_bound = session.tab_bound();
        let shared = session.id().filter(|_| tab_bound.is_none());
        let forwarded = started.forwarded();
        // Events in other tabs came before this one: the browser now has the cookie of this login.
        session.apply(session.epoch(), SessionEvent::LoggedIn(started));
        // The server has ended the session whose cookie it received. If the new session is bound to this tab, the other
        // tabs have none any more.
        let message = forwarded.map(TabMessage::LoggedIn).or_else(|| {
            let end = Some(SessionEnd::new(EndReason::Replaced));
            shared.map(|id| TabMessage::Ended { session: Some(id), end })
        });
        if let Some(message) = message {
            tabs.broadcast(&message);
        }
        // A session without a cookie is unknown to the login endpoint.
        if tab_bound.is_some() {
            this.logouts.push(tab_bound);
        }
        Ok(None)
    })
}
