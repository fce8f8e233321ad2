//! Password change: the server replaces the id and the credentials of the session.

use std::rc::Rc;

use doorward_api::ChangePassword;

use crate::{
    Error, auth_api,
    auth_client::AuthClient,
    interceptor,
    platform::Platform,
    refresher::RefreshReason,
    request::{Method, Request},
    shared_future::{SharedFuture, spawn_shared},
    state::SessionEvent,
};

const PASSWORD: &str = "/api/account/password";

/// Changes the password. The session of this tab continues, with its new credentials.
pub(crate) fn change_password<P: Platform>(
    client: &Rc<AuthClient<P>>,
    form: &ChangePassword,
) -> SharedFuture<Result<(), Error>> {
    let request = Request::new(Method::Post, PASSWORD).json(form);
    let this = Rc::clone(client);
    // The response has the only new credentials, so it is handled even if the caller is gone.
    spawn_shared(&*client.platform, async move {
        let AuthClient { platform, session, refresher, .. } = &*this;
        let (epoch, requested_at) = (session.epoch(), platform.now());
        let response = interceptor::send(&this, &request).await?;
        if !response.is_success() {
            return Err(response.error());
        }
        if let Some(active) = auth_api::read_session(&**platform, &response, None, requested_at) {
            session.apply(epoch, SessionEvent::Refreshed(active));
        } else if !session.is_tab_bound() {
            // The response has replaced the cookie, and the server rejects the tokens from before.
            session.apply(epoch, SessionEvent::TokenExpired);
            // If this fails, the next request tries again.
            _ = refresher.refresh(RefreshReason::Request).await;
        }
        Ok(())
    })
}
