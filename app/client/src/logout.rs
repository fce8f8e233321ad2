//! Logging out: at once here and, where they have the same session, in the other tabs; on the server as soon as it can be
//! told.

use std::{rc::Rc, time::Duration};

use super::{
    SessionEnd, backoff, bare,
    core::Core,
    grant::Granted,
    news::News,
    platform::{Platform, Turn},
    session::Event,
};
use doorward_api::EndReason;

impl<P: Platform> Core<P> {
    pub(super) fn logout(self: &Rc<Self>) {
        self.logouts.set(self.logouts.get() + 1);
        let own = self.own();
        if own.is_none() {
            // Also where nobody seems to be there: the cookie that this clears may be what another tab lives on.
            self.tell(&News::Ended { session: self.session_id(), why: Some(SessionEnd::new(EndReason::LoggedOut)) });
        }
        self.apply(self.epoch(), Event::LoggedOut);
        self.end_on_server(own);
    }

    /// If the session has lapsed: the person does not log in again.
    pub(super) fn leave(self: &Rc<Self>) {
        if self.session.borrow().has_lapsed() {
            let own = self.own();
            self.apply(self.epoch(), Event::Left);
            self.end_on_server(own);
        }
    }

    /// Tells the server that the session of the cookie is over, or the one that was this tab's `own`; until it has heard.
    pub(super) fn end_on_server(self: &Rc<Self>, own: Option<Box<Granted>>) {
        let this = Rc::clone(self);
        self.platform.spawn(Box::pin(async move {
            for failures in 1.. {
                let told = match &own {
                    Some(own) => this.give_up(own).await,
                    None => this.clear_cookie().await,
                };
                // Whoever is there now has a session of their own to worry about.
                if !this.may_be_somebody() {
                    this.show_connection(told.is_ok());
                }
                let Err(retry_after) = told else { return };
                this.pause(backoff::wait(failures, retry_after, this.platform.chance()), retry_after.is_some()).await;
            }
        }));
    }

    /// A new login, in whichever tab, makes it pointless: that ends the session whose cookie it finds.
    async fn clear_cookie(self: &Rc<Self>) -> Result<(), Option<Duration>> {
        // A login that was under way at the logout finishes first, so that it is its session that ends.
        let _here = self.cookie.lock().await;
        let _everywhere = self.turn(Turn::Cookie, &|| self.may_be_somebody()).await;
        if self.may_be_somebody() { Ok(()) } else { bare::logout(&self.platform, None).await }
    }

    /// Its end makes it pointless, and nothing else does.
    async fn give_up(&self, own: &Granted) -> Result<(), Option<Duration>> {
        if self.now().steady >= own.end { Ok(()) } else { bare::logout(&self.platform, Some(own)).await }
    }
}
