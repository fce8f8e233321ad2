//! Logging out: at once here, on the server as soon as it can be told.

use std::rc::Rc;

use super::{
    backoff, bare,
    core::Core,
    platform::Platform,
    session::{Credential, Event},
};

impl<P: Platform> Core<P> {
    pub(super) fn logout(self: &Rc<Self>) {
        self.apply(self.epoch(), Event::LoggedOut);
        let this = Rc::clone(self);
        self.platform.spawn(Box::pin(async move { this.tell_of_logout().await }));
    }

    /// Repeats itself until the server has heard, or until a new login has made it pointless: that ends the session
    /// whose cookie it finds.
    async fn tell_of_logout(&self) {
        for failures in 1.. {
            let told = {
                // A login that was under way at the logout finishes first, so that it is its session that ends.
                let _cookie = self.cookie.lock().await;
                if !matches!(self.credential(), Credential::Nobody { .. }) {
                    return;
                }
                bare::logout(&self.platform).await
            };
            let Err(retry_after) = told else { return };
            self.pause(backoff::wait(failures, retry_after, self.platform.chance()), retry_after).await;
        }
    }
}
