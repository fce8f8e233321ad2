//! Confirmation: the user proves again who they are, for requests that require a recent proof.

use std::rc::Rc;

use doorward_api::Confirm;

use crate::{
    Error, auth_api,
    auth_client::AuthClient,
    interceptor::{self, Sent},
    platform::Platform,
    request::{Method, Request},
    shared_future::{SharedFuture, spawn_shared},
    state::SessionEvent,
    tab_message::TabMessage,
};

const CONFIRM: &str = "/api/auth/confirm";

/// Sends what proves who the user is. Requests that wait for it are then repeated, in all tabs that share the session.
pub(crate) fn confirm<P: Platform>(client: &Rc<AuthClient<P>>, form: &Confirm) -> SharedFuture<Result<(), Error>> {
    let request = Request::new(Method::Post, CONFIRM).json(form);
    let this = Rc::clone(client);
    // The other tabs get the response even if the caller is gone.
    spawn_shared(&*client.platform, async move {
        let AuthClient { platform, session, tabs, .. } = &*this;
        let Sent { response, epoch, requested_at, .. } =
            interceptor::send_authorized(&this, session.epoch(), &request).await?;
        if !response.is_success() {
            return Err(response.error());
        }
        let presented = session.refresh_credential();
        let active = auth_api::read_session(&**platform, &response, presented.as_ref(), requested_at)
            .ok_or(Error::InvalidResponse { status: response.status })?;
        let forwarded = active.forwarded();
        session.apply(epoch, SessionEvent::Refreshed(active));
        if let Some(forwarded) = forwarded {
            tabs.broadcast(&TabMessage::Refreshed(forwarded));
        }
        Ok(())
    })
}
