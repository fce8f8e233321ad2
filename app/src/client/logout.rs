//! Logging out: at once here and in the other tabs, on the server as soon as it can be told.

use std::rc::Rc;

use super::{
    End, backoff, bare,
    core::Core,
    news::News,
    platform::{Platform, Turn},
    session::Event,
};
use crate::api::EndReason;

impl<P: Platform> Core<P> {
    pub(super) fn logout(self: &Rc<Self>) {
        self.logouts.set(self.logouts.get() + 1);
        // Also where nobody seems to be there: the cookie that this clears may be what another tab lives on.
        self.tell(&News::Ended { session: self.session_id(), why: Some(End::because(EndReason::LoggedOut)) });
        self.apply(self.epoch(), Event::LoggedOut);
        let this = Rc::clone(self);
        self.platform.spawn(Box::pin(async move { this.tell_server_of_logout().await }));
    }

    /// Repeats itself until the server has heard, or until a new login, in whichever tab, has made it pointless: that
    /// ends the session whose cookie it finds.
    async fn tell_server_of_logout(self: &Rc<Self>) {
        for failures in 1.. {
            let told = {
                // A login that was under way at the logout finishes first, so that it is its session that ends.
                let _here = self.cookie.lock().await;
                let _everywhere = self.turn(Turn::Cookie, &|| self.may_be_somebody()).await;
                if self.may_be_somebody() {
                    return;
                }
                bare::logout(&self.platform).await
            };
            let Err(retry_after) = told else { return self.show_connection(true) };
            self.show_connection(false);
            self.pause(backoff::wait(failures, retry_after, self.platform.chance()), retry_after.is_some()).await;
        }
    }
}
