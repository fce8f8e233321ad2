//! Gets requests through: the token on, an old one refreshed before, a refused one refreshed and the request sent once
//! more.
//!
//! ```text
//!   token good ─────────────▶ send ──▶ answer
//!   token old or dead ─▶ refresh ─▶ send
//!                              refused ─▶ refresh ─▶ send ──▶ answer, whatever it is
//! ```

use std::rc::Rc;

use super::{
    Error,
    core::Core,
    platform::{NoAnswer, Platform},
    refresh::Trust,
    request::{Refusal, Request, Response},
    session::{Credential, Epoch},
    timeline::Decision,
    token::{AccessToken, Age},
};

impl<P: Platform> Core<P> {
    /// Makes the request with a token that is good, and once more if that token is refused. The answer belongs to the
    /// session in which the call was made, or is thrown away.
    pub(super) async fn send(self: &Rc<Self>, request: &Request) -> Result<Response, Error> {
        let epoch = self.epoch();
        let token = self.fresh_token(epoch).await?;
        self.note(|| Decision::Sent { request: request.name() });
        let answer = self.attempt(epoch, request, &token).await?;
        if answer.refusal() != Some(Refusal::Token) {
            return Ok(answer);
        }
        if !request.can_be_repeated() {
            self.prepare_next_attempt(epoch, &token);
            return Ok(answer);
        }
        let Some(token) = self.token_instead_of(epoch, &token).await? else {
            return Ok(answer);
        };
        self.note(|| Decision::Retried { request: request.name() });
        let answer = self.attempt(epoch, request, &token).await?;
        if answer.refusal() == Some(Refusal::Token) {
            self.refreshing.borrow_mut().trust = Trust::Spent;
        }
        Ok(answer)
    }

    /// Sends the request, and hears what the answer says of the session and of the token.
    async fn attempt(self: &Rc<Self>, epoch: Epoch, request: &Request, token: &AccessToken) -> Result<Response, Error> {
        let answer = self.platform.send(request, Some(token.secret())).await;
        let in_time = self.still(epoch);
        self.note(|| match in_time {
            Ok(()) => {
                Decision::Answered { request: request.name(), status: answer.as_ref().ok().map(|answer| answer.status) }
            }
            Err(_) => Decision::Discarded { request: request.name() },
        });
        in_time?;
        let refusal = answer.as_ref().map(Response::refusal);
        if let Ok(Some(Refusal::Ended(why))) = refusal {
            return Err(self.refused(epoch, why));
        }
        self.judge(token, matches!(refusal, Ok(Some(Refusal::Token))));
        answer.map_err(|NoAnswer| Error::Unreachable)
    }

    /// What the fate of a token says about whether a refresh is worth it.
    pub(super) fn judge(&self, token: &AccessToken, is_refused: bool) {
        if self.has(token) {
            let trust = &mut self.refreshing.borrow_mut().trust;
            *trust = match (*trust, is_refused) {
                (Trust::OnTrial, true) => Trust::Spent,
                (Trust::OnTrial, false) => Trust::Full,
                (trust, _) => trust,
            };
        }
    }

    /// What cannot be sent twice is not, but the caller's next attempt shall find a newer token.
    pub(super) fn prepare_next_attempt(self: &Rc<Self>, epoch: Epoch, refused: &AccessToken) {
        if self.has(refused) && self.refreshing.borrow().trust != Trust::Spent {
            let this = Rc::clone(self);
            self.platform.spawn(Box::pin(async move { _ = this.refresh_in_need(epoch).await }));
        }
    }

    /// A token to send now: refreshed first if its end is near.
    pub(super) async fn fresh_token(self: &Rc<Self>, epoch: Epoch) -> Result<AccessToken, Error> {
        match self.credential() {
            Credential::Nobody { why } => return Err(Error::SessionEnded { why }),
            Credential::Token(token, Age::Good) => return Ok(token),
            Credential::Token(_, Age::Old | Age::Dead) | Credential::NotYet => {}
        }
        let refreshed = self.refresh_in_need(epoch).await;
        match self.credential() {
            // The margin is there to be used: while the token is good, nobody needs to wait for a refresh that fails.
            Credential::Token(token, Age::Good | Age::Old) => self.still(epoch).map(|()| token),
            Credential::Token(token, Age::Dead) => refreshed.map(|()| token),
            Credential::NotYet => refreshed.and(Err(Error::Unreachable)),
            Credential::Nobody { why } => Err(Error::SessionEnded { why }),
        }
    }

    /// The token that replaces a refused one; `None` if a refresh is not worth it.
    async fn token_instead_of(
        self: &Rc<Self>,
        epoch: Epoch,
        refused: &AccessToken,
    ) -> Result<Option<AccessToken>, Error> {
        // While this request was on its way, others may have refreshed already.
        if self.has(refused) {
            if self.refreshing.borrow().trust == Trust::Spent {
                return Ok(None);
            }
            self.refresh_in_need(epoch).await?;
        }
        match self.credential() {
            Credential::Token(token, _) => Ok(Some(token)),
            Credential::NotYet | Credential::Nobody { .. } => Ok(None),
        }
    }

    /// A refresh that a request waits for. The new token has yet to prove itself.
    async fn refresh_in_need(self: &Rc<Self>, epoch: Epoch) -> Result<(), Error> {
        let refreshed = self.refresh().await;
        self.still(epoch)?;
        let trust = &mut self.refreshing.borrow_mut().trust;
        if refreshed.is_ok() && *trust == Trust::Full {
            *trust = Trust::OnTrial;
        }
        refreshed
    }

    /// Whether this is the token of now.
    fn has(&self, token: &AccessToken) -> bool {
        matches!(self.credential(), Credential::Token(now, _) if now == *token)
    }
}
