//! Logouts that the server has not confirmed yet. Locally a logout takes effect at once; the request to the server is retried
//! with back-off until it succeeds.

use std::{cell::Cell, rc::Rc, time::Duration};

use crate::{
    active_session::ActiveSession,
    auth_api,
    backoff::{self, RetryTimer},
    current_session::CurrentSession,
    platform::Platform,
    tabs::Tabs,
};

/// Sends logouts to the server until it has confirmed them.
pub(crate) struct LogoutQueue<P> {
    platform: Rc<P>,
    tabs: Rc<Tabs<P>>,
    session: Rc<CurrentSession<P>>,
    retry: Rc<RetryTimer<P>>,
    count: Cell<u32>,
}

impl<P: Platform> LogoutQueue<P> {
    pub(crate) fn new(
        platform: Rc<P>,
        tabs: Rc<Tabs<P>>,
        session: Rc<CurrentSession<P>>,
        retry: Rc<RetryTimer<P>>,
    ) -> Self {
        Self { platform, tabs, session, retry, count: Cell::default() }
    }

    /// Number of logouts of the user in this tab: a login compares it to detect a logout in the meantime.
    pub(crate) fn count(&self) -> u32 {
        self.count.get()
    }

    pub(crate) fn increment(&self) {
        self.count.set(self.count.get() + 1);
    }

    /// Ends the session of the cookie on the server, or the given one, which is bound to this tab. Retries until it succeeds.
    pub(crate) fn push(self: &Rc<Self>, tab_bound: Option<Box<ActiveSession>>) {
        let this = Rc::clone(self);
        self.platform.spawn(Box::pin(async move {
            for failures in 1.. {
                let result = match &tab_bound {
                    Some(session) => this.end_tab_session(session).await,
                    None => this.end_cookie_session().await,
                };
                // While a user is logged in, the connection shown is that of their session.
                if !this.session.may_be_logged_in() {
                    this.session.set_reachable(result.is_ok());
                }
                let Err(retry_after) = result else { return };
                let delay = backoff::delay(failures, retry_after, this.platform.random());
                this.retry.pause(delay, retry_after.is_some()).await;
            }
        }));
    }

    /// Not needed after a new login in any tab: the login ends the session whose cookie it replaces.
    async fn end_cookie_session(&self) -> Result<(), Option<Duration>> {
        // A login that was in flight at the time of the logout finishes first, so that its session is the one that ends.
        let _lock = self.tabs.cookie_lock(&|| self.session.may_be_logged_in()).await;
        if self.session.may_be_logged_in() { Ok(()) } else { auth_api::logout(&*self.platform, None).await }
    }

    /// Not needed once the session has expired.
    async fn end_tab_session(&self, session: &ActiveSession) -> Result<(), Option<Duration>> {
        if self.platform.now().monotonic >= session.expires_at {
            Ok(())
        } else {
            auth_api::logout(&*self.platform, Some(session)).await
        }
    }
}
