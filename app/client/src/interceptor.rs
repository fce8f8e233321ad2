//! Gets requests through: what proves them on, an old token refreshed before, a refused one refreshed and the request sent
//! once more.
//!
//! ```text
//!   proof good ─────────────▶ send ──▶ answer
//!   token old or dead ─▶ refresh ─▶ send
//!                              refused ─▶ refresh ─▶ send ──▶ answer, whatever it is
//! ```
//!
//! Where nothing can be refreshed, the person logs in again: requests wait for that as they wait for a refresh.

use std::rc::Rc;

use super::{
    Error,
    core::Core,
    pass::Proof,
    platform::{NoAnswer, Platform},
    refresh::Trust,
    request::{Refusal, Request, Response},
    session::{Credential, Epoch, Event},
    timeline::Decision,
    token::Age,
};

impl<P: Platform> Core<P> {
    /// Makes the request with a proof that is good, and once more if that is refused. The answer belongs to the person who
    /// was there when the call was made, or is thrown away.
    pub(super) async fn send(self: &Rc<Self>, request: &Request) -> Result<Response, Error> {
        self.keep_time();
        let epoch = self.back(self.epoch()).await?;
        let proof = self.fresh_proof(epoch).await?;
        self.note(|| Decision::Sent { request: request.name() });
        let (answer, refusal) = self.attempt(epoch, request, &proof).await?;
        let Some(refusal) = refusal else { return Ok(answer) };
        if !request.can_be_repeated() {
            self.prepare_next_attempt(epoch, proof, refusal);
            return Ok(answer);
        }
        if !self.replace(epoch, &proof, &refusal).await? {
            return Ok(answer);
        }
        let epoch = self.back(epoch).await?;
        let Credential::Proof(proof, _) = self.credential() else { return Ok(answer) };
        self.note(|| Decision::Retried { request: request.name() });
        let (answer, refusal) = self.attempt(epoch, request, &proof).await?;
        if refusal.is_some() {
            self.refreshing.borrow_mut().trust = Trust::Spent;
        }
        Ok(answer)
    }

    /// Sends the request, and hears what the answer says of the session and against the proof.
    async fn attempt(
        self: &Rc<Self>,
        epoch: Epoch,
        request: &Request,
        proof: &Proof,
    ) -> Result<(Response, Option<Refusal>), Error> {
        let answer = self.platform.send(request, Some(proof)).await;
        let in_time = self.goes_on(epoch);
        self.note(|| match in_time {
            Ok(()) => {
                Decision::Answered { request: request.name(), status: answer.as_ref().ok().map(|answer| answer.status) }
            }
            Err(_) => Decision::Discarded { request: request.name() },
        });
        in_time?;
        let refusal = answer.as_ref().ok().and_then(|answer| proof.refusal(answer));
        // Of a session over which the person has logged in again meanwhile, the end is no news.
        if let Some(Refusal::Ended(end)) = &refusal
            && self.still(epoch).is_ok()
        {
            let ended = self.refused(epoch, end.clone());
            if !self.session.borrow().has_lapsed() {
                return Err(ended);
            }
        }
        let answer = answer.map_err(|NoAnswer| Error::Unreachable)?;
        self.judge(proof, refusal.is_some());
        Ok((answer, refusal))
    }

    /// What the fate of a proof says about whether a refresh is worth it.
    pub(super) fn judge(&self, proof: &Proof, is_refused: bool) {
        if self.has(proof) {
            let trust = &mut self.refreshing.borrow_mut().trust;
            *trust = match (*trust, is_refused) {
                (Trust::OnTrial, true) => Trust::Spent,
                (Trust::OnTrial, false) => Trust::Full,
                (trust, _) => trust,
            };
        }
    }

    /// What cannot be sent twice is not, but the caller's next attempt shall find a better proof.
    pub(super) fn prepare_next_attempt(self: &Rc<Self>, epoch: Epoch, refused: Proof, refusal: Refusal) {
        let this = Rc::clone(self);
        self.platform.spawn(Box::pin(async move { _ = this.replace(epoch, &refused, &refusal).await }));
    }

    /// Waits while the session has lapsed. The epoch of now, if it is still the same person who is there.
    async fn back(&self, epoch: Epoch) -> Result<Epoch, Error> {
        while self.session.borrow().has_lapsed() {
            self.goes_on(epoch)?;
            self.turned.rings().await;
        }
        self.goes_on(epoch).map(|()| self.epoch())
    }

    /// A proof to send now; a token is refreshed first if its end is near.
    pub(super) async fn fresh_proof(self: &Rc<Self>, epoch: Epoch) -> Result<Proof, Error> {
        match self.credential() {
            Credential::Nobody { why } => return Err(Error::SessionEnded { end: why }),
            Credential::Lapsed => return Err(Error::SessionEnded { end: None }),
            Credential::Proof(proof, Age::Good) => return Ok(proof),
            Credential::Proof(_, Age::Old | Age::Dead) | Credential::NotYet => {}
        }
        let refreshed = self.refresh_in_need(epoch).await;
        match self.credential() {
            // The margin is there to be used: while the token is good, nobody needs to wait for a refresh that fails.
            Credential::Proof(proof, Age::Good | Age::Old) => self.still(epoch).map(|()| proof),
            Credential::Proof(proof, Age::Dead) => refreshed.map(|()| proof),
            Credential::NotYet => refreshed.and(Err(Error::Unreachable)),
            Credential::Lapsed => Err(Error::SessionEnded { end: None }),
            Credential::Nobody { why } => Err(Error::SessionEnded { end: why }),
        }
    }

    /// Whether another proof has taken the place of the refused one, or will when the person has logged in again. `false`
    /// if it is not worth trying.
    async fn replace(self: &Rc<Self>, epoch: Epoch, refused: &Proof, refusal: &Refusal) -> Result<bool, Error> {
        // While this request was on its way, others may have refreshed already.
        if !self.has(refused) {
            return Ok(true);
        }
        if self.refreshing.borrow().trust == Trust::Spent {
            return Ok(false);
        }
        let is_renewable = self.session.borrow().renewal().is_some();
        match refusal {
            _ if is_renewable => self.refresh_in_need(epoch).await?,
            Refusal::Token { is_expired: true } => self.apply(epoch, Event::TokenExpired),
            _ => return Ok(false),
        }
        Ok(true)
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

    /// Whether this is the proof of now.
    fn has(&self, proof: &Proof) -> bool {
        matches!(self.credential(), Credential::Proof(now, _) if now == *proof)
    }

    /// An error if another person, or nobody, has taken the place of the one who was there in `epoch`.
    fn goes_on(&self, epoch: Epoch) -> Result<(), Error> {
        let session = self.session.borrow();
        if session.goes_on(epoch) { Ok(()) } else { Err(Error::SessionEnded { end: session.why_ended() }) }
    }
}
