//! The refresh: one at a time, shared by all who need it, repeated with growing pauses while the server is away.

use std::{pin::pin, rc::Rc, time::Duration};

use futures::future::select;

use super::{
    Error, SessionEnd, backoff,
    bare::{self, Refresh},
    core::{Core, Flight},
    grant::Granted,
    news::News,
    platform::{Moment, Platform, Turn},
    session::{Epoch, Event},
    timeline::Decision,
};
use doorward_api::EndReason;

/// What is known about refreshing in this epoch.
#[derive(Default)]
pub(super) struct Refreshing {
    flight: Option<Flight<Result<(), Error>>>,
    trouble: Option<Trouble>,
    pub(super) trust: Trust,
}

/// The server did not answer, or not in our language.
#[derive(Clone, Copy)]
struct Trouble {
    failures: u32,
    next_attempt: Moment,
}

/// Whether a refused token is worth a refresh. An application that refuses every token must not cost one each time.
#[derive(Clone, Copy, Default, Eq, PartialEq)]
pub(super) enum Trust {
    /// A refusal means that the token is old.
    #[default]
    Full,
    /// The present token is fresh from a refresh that a request waited for, and has not been accepted yet.
    OnTrial,
    /// A fresh token was refused: until the epoch moves, a refusal is taken at its word.
    Spent,
}

impl Refreshing {
    /// Whether the last refresh failed.
    pub(super) fn is_in_trouble(&self) -> bool {
        self.trouble.is_some()
    }
}

impl<P: Platform> Core<P> {
    /// Joins the refresh under way, or starts one, unless the server is to be left alone for now.
    pub(super) async fn refresh(self: &Rc<Self>) -> Result<(), Error> {
        let is_flying = self.refreshing.borrow().flight.is_some();
        if !is_flying && self.is_pausing() {
            return Err(Error::Unreachable);
        }
        self.flight().await
    }

    /// Joins the refresh under way, or starts one.
    pub(super) fn flight(self: &Rc<Self>) -> Flight<Result<(), Error>> {
        if let Some(flight) = &self.refreshing.borrow().flight {
            return flight.clone();
        }
        let this = Rc::clone(self);
        let epoch = self.epoch();
        let flight = self.launch(async move { this.refresh_once(epoch).await });
        self.refreshing.borrow_mut().flight = Some(flight.clone());
        flight
    }

    /// Whether the server is to be left alone for now.
    pub(super) fn is_pausing(&self) -> bool {
        self.refreshing.borrow().trouble.is_some_and(|trouble| self.now().steady < trouble.next_attempt)
    }

    async fn refresh_once(self: &Rc<Self>, epoch: Epoch) -> Result<(), Error> {
        // Past the session's end there is nothing to ask for.
        self.apply(epoch, Event::TimePassed);
        self.still(epoch)?;

        let renewal = self.session.borrow().renewal();
        let Some(renewal) = renewal else {
            self.refreshing.borrow_mut().flight = None;
            return Ok(());
        };
        let newest = || self.granted(Granted::asked_at);
        let outdated = newest();
        // Kept until the other tabs have been told.
        let _turn = if self.is_own() {
            None
        } else {
            let is_settled = || self.epoch() != epoch || newest() != outdated || self.is_pausing();
            let Some(turn) = self.turn(Turn::Refresh, &is_settled).await else {
                // Another tab has asked the server.
                self.still(epoch)?;
                self.refreshing.borrow_mut().flight = None;
                return if newest() == outdated { Err(Error::Unreachable) } else { Ok(()) };
            };
            Some(turn)
        };

        self.note(|| Decision::Refreshing);
        let answer = bare::refresh(&self.platform, &renewal).await;

        // A logout or a login came first: this answer, even a grant, speaks of a session that is no longer ours.
        self.still(epoch)?;
        self.refreshing.borrow_mut().flight = None;
        self.take_in(epoch, answer)
    }

    fn take_in(self: &Rc<Self>, epoch: Epoch, answer: Refresh) -> Result<(), Error> {
        match answer {
            Refresh::Granted(fresh) => {
                self.reached();
                self.note(|| Decision::Refreshed { elsewhere: false });
                self.apply(epoch, Event::Refreshed(fresh.granted));
                if let Some(passed) = fresh.passed {
                    self.tell(&News::Refreshed(passed));
                }
                Ok(())
            }
            Refresh::Ended(why) => Err(self.end(epoch, Some(why))),
            Refresh::Missing => {
                // Somebody who was logged in a moment ago deserves to hear that something went wrong.
                let why = self.end_of(epoch).map(|_| SessionEnd::new(EndReason::Unknown));
                Err(self.end(epoch, why))
            }
            Refresh::Unreachable { status, retry_after } => {
                self.not_reached(status, retry_after);
                Err(Error::Unreachable)
            }
        }
    }

    /// The server says that the session is over.
    pub(super) fn end(self: &Rc<Self>, epoch: Epoch, why: Option<SessionEnd>) -> Error {
        // Only of a session that is known by its id: the cookie may by now be that of a login in another tab.
        if self.epoch() == epoch
            && !self.is_own()
            && let Some(id) = self.session_id()
        {
            self.tell(&News::Ended { session: Some(id), why: why.clone() });
        }
        self.apply(epoch, Event::Ended(why.clone()));
        Error::SessionEnded { end: why }
    }

    /// The same, said to whoever has shown what proves it.
    pub(super) fn refused(self: &Rc<Self>, epoch: Epoch, end: SessionEnd) -> Error {
        if !matches!(end.reason, EndReason::Replaced | EndReason::Unknown) || self.is_own() {
            return self.end(epoch, Some(end));
        }
        // By a newer login, as a rule in this browser: it will tell who is there now, or its cookie will.
        let why = end.clone();
        let this = Rc::clone(self);
        self.platform.spawn(Box::pin(async move {
            let _no_login_is_under_way = this.turn(Turn::Cookie, &|| this.epoch() != epoch).await;
            if this.epoch() == epoch {
                this.ask_anew(Some(why));
            }
        }));
        Error::SessionEnded { end: Some(end) }
    }

    pub(super) fn reached(&self) {
        self.refreshing.borrow_mut().trouble = None;
        self.show_connection(true);
    }

    /// Tries again later, in one of the tabs: that the server is away says nothing about the session.
    fn not_reached(self: &Rc<Self>, status: Option<u16>, retry_after: Option<Duration>) {
        let failures = self.refreshing.borrow().trouble.map_or(0, |trouble| trouble.failures) + 1;
        let wait = backoff::wait(failures, retry_after, self.platform.chance());
        self.note(|| Decision::RefreshFailed { status, again_in: wait });
        let milliseconds = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        if !self.is_own() {
            self.tell(&News::Unreachable { failures, milliseconds, asked_for: retry_after.is_some() });
        }
        self.leave_alone(failures, wait, retry_after.is_some());
    }

    /// Leaves the server alone for `wait`, and then tries again.
    pub(super) fn leave_alone(self: &Rc<Self>, failures: u32, wait: Duration, asked_for: bool) {
        let epoch = self.epoch();
        if !self.may_be_somebody() {
            return;
        }
        let next_attempt = self.now().steady + wait;
        self.refreshing.borrow_mut().trouble = Some(Trouble { failures, next_attempt });
        self.show_connection(false);

        let this = Rc::clone(self);
        self.platform.spawn(Box::pin(async move {
            this.pause(wait, asked_for).await;
            let trouble = this.refreshing.borrow().trouble;
            let is_current = trouble.is_some_and(|trouble| trouble.next_attempt == next_attempt);
            if this.epoch() == epoch && is_current {
                this.refreshing.borrow_mut().trouble = Some(Trouble { failures, next_attempt: this.now().steady });
                drop(this.flight());
            }
        }));
    }

    /// Waits, but no longer than until there is reason to try again. A pause that the server asked for is kept: that the
    /// network is back says nothing about what the server can bear.
    pub(super) async fn pause(&self, wait: Duration, asked_for: bool) {
        let sleep = pin!(self.platform.sleep(wait));
        if asked_for {
            sleep.await;
        } else {
            select(sleep, self.woken.rings()).await;
        }
    }
}
