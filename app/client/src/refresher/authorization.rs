//! Authorizations of requests: fresh ones, and replacements of rejected ones.

use std::rc::Rc;

use futures::future::LocalBoxFuture;

use super::{RefreshReason, Refresher, retry_guard::RetryGuard};
use crate::{
    Error,
    credentials::Freshness,
    platform::Platform,
    request::{Authorization, Rejection},
    state::{Available, Epoch, SessionEvent},
};

impl<P: Platform> Refresher<P> {
    /// An authorization to send now, after a refresh if the present one is about to expire.
    pub(crate) fn fresh_authorization(
        self: &Rc<Self>,
        epoch: Epoch,
        reason: RefreshReason,
    ) -> LocalBoxFuture<'_, Result<Authorization, Error>> {
        Box::pin(self.authorization_after_refresh(epoch, reason))
    }

    async fn authorization_after_refresh(
        self: &Rc<Self>,
        epoch: Epoch,
        reason: RefreshReason,
    ) -> Result<Authorization, Error> {
        let reason = match self.session.available() {
            Available::Anonymous { end } => return Err(Error::SessionEnded { end }),
            Available::ReauthRequired => return Err(Error::SessionEnded { end: None }),
            Available::Authorization(authorization, Freshness::Fresh) => return Ok(authorization),
            // The request can be sent anyway.
            Available::Authorization(_, Freshness::Stale) => RefreshReason::Background,
            Available::Authorization(_, Freshness::Expired) | Available::Unknown => reason,
        };
        let refreshed = self.refresh_for_request(epoch, reason).await;
        match self.session.available() {
            // A stale token is still good, so a failed refresh does not matter yet.
            Available::Authorization(authorization, Freshness::Fresh | Freshness::Stale) => {
                self.session.ensure_current(epoch).map(|()| authorization)
            }
            Available::Authorization(authorization, Freshness::Expired) => refreshed.map(|()| authorization),
            Available::Unknown => refreshed.and(Err(Error::Unreachable)),
            Available::ReauthRequired => Err(Error::SessionEnded { end: None }),
            Available::Anonymous { end } => Err(Error::SessionEnded { end }),
        }
    }

    /// Replaces a rejected authorization: by a refresh, or by the user's next login if the session is not renewable. `false`
    /// if a retry is not worth it.
    pub(crate) async fn replace(
        self: &Rc<Self>,
        epoch: Epoch,
        rejected: &Authorization,
        rejection: &Rejection,
        reason: RefreshReason,
    ) -> Result<bool, Error> {
        // Another request may have caused a refresh in the meantime.
        if !self.is_current(rejected) {
            return Ok(true);
        }
        if self.refreshes().guard == RetryGuard::Tripped {
            return Ok(false);
        }
        let is_renewable = self.session.refresh_credential().is_some();
        match rejection {
            _ if is_renewable => self.refresh_for_request(epoch, reason).await?,
            Rejection::Token { is_expired: true } => self.session.apply(epoch, SessionEvent::TokenExpired),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Gets a newer token than one that was rejected because the user's proof is too old: another tab may have confirmed.
    /// `false` if there is none. The server reads a cookie's session for each request, so that a newer one would change nothing.
    pub(crate) async fn renew(self: &Rc<Self>, epoch: Epoch, rejected: &Authorization) -> Result<bool, Error> {
        let is_renewable = matches!(rejected, Authorization::Bearer(_)) && self.session.refresh_credential().is_some();
        if self.is_current(rejected) && is_renewable {
            self.refresh_for_request(epoch, RefreshReason::Request).await?;
        }
        Ok(!self.is_current(rejected))
    }

    /// Replaces a rejected authorization in the background, for the caller's next attempt.
    pub(crate) fn replace_later(self: &Rc<Self>, epoch: Epoch, rejected: Authorization, rejection: Rejection) {
        let this = Rc::clone(self);
        self.platform.spawn(Box::pin(async move {
            _ = this.replace(epoch, &rejected, &rejection, RefreshReason::Background).await;
        }));
    }

    async fn refresh_for_request(self: &Rc<Self>, epoch: Epoch, reason: RefreshReason) -> Result<(), Error> {
        let result = self.refresh(reason).await;
        self.session.ensure_current(epoch)?;
        if result.is_ok() {
            let mut refreshes = self.refreshes();
            refreshes.guard = refreshes.guard.after_refresh();
        }
        result
    }

    /// Updates the retry guard after a server has accepted or rejected the authorization.
    pub(crate) fn on_response(&self, authorization: &Authorization, is_rejected: bool) {
        // The browser has reported the loss of the network, but not its return.
        if !self.has_failed() {
            self.session.set_reachable(true);
        }
        if self.is_current(authorization) {
            let mut refreshes = self.refreshes();
            refreshes.guard = refreshes.guard.after_response(is_rejected);
        }
    }

    /// Trips the retry guard: a retry was rejected as well.
    pub(crate) fn on_retry_rejected(&self) {
        self.refreshes().guard = RetryGuard::Tripped;
    }

    fn is_current(&self, authorization: &Authorization) -> bool {
        matches!(self.session.available(), Available::Authorization(current, _) if current == *authorization)
    }
}
