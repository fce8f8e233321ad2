//! The refresh: one at a time, shared by all who need it, repeated with growing pauses while the server is away.

use std::{pin::pin, rc::Rc, time::Duration};

use futures::future::select;

use super::{
    Error, backoff,
    bare::{self, Refresh},
    core::{Core, Flight},
    platform::{Moment, Platform},
    session::{Epoch, Event},
};
use crate::api::EndReason;

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
    fn is_pausing(&self, now: Moment) -> bool {
        self.flight.is_none() && self.trouble.is_some_and(|trouble| now < trouble.next_attempt)
    }
}

impl<P: Platform> Core<P> {
    /// Joins the refresh under way, or starts one, unless the server is to be left alone for now.
    pub(super) async fn refresh(self: &Rc<Self>) -> Result<(), Error> {
        if self.refreshing.borrow().is_pausing(self.platform.now()) {
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

    async fn refresh_once(self: &Rc<Self>, epoch: Epoch) -> Result<(), Error> {
        // Past the session's end there is nothing to ask for.
        self.apply(epoch, Event::TimePassed);
        self.still(epoch)?;

        let answer = bare::refresh(&self.platform).await;

        // A logout or a login came first: this answer, even a grant, speaks of a session that is no longer ours.
        self.still(epoch)?;
        self.refreshing.borrow_mut().flight = None;
        match answer {
            Refresh::Granted(granted) => {
                self.reached();
                self.apply(epoch, Event::Refreshed(granted));
                Ok(())
            }
            Refresh::Ended(why) => Err(self.end(epoch, Some(why))),
            Refresh::Missing => {
                // Somebody who was logged in a moment ago deserves to hear that something went wrong.
                let why = self.end_of(epoch).map(|_| EndReason::Unknown);
                Err(self.end(epoch, why))
            }
            Refresh::Unreachable { retry_after } => {
                self.not_reached(epoch, retry_after);
                Err(Error::Unreachable)
            }
        }
    }

    /// The server says that the session is over.
    pub(super) fn end(self: &Rc<Self>, epoch: Epoch, why: Option<EndReason>) -> Error {
        self.apply(epoch, Event::Ended(why));
        Error::SessionEnded { why }
    }

    fn reached(&self) {
        self.refreshing.borrow_mut().trouble = None;
        self.show_connection(true);
    }

    /// Tries again by itself, later: that the server is away says nothing about the session.
    fn not_reached(self: &Rc<Self>, epoch: Epoch, retry_after: Option<Duration>) {
        let failures = self.refreshing.borrow().trouble.map_or(0, |trouble| trouble.failures) + 1;
        let wait = backoff::wait(failures, retry_after, self.platform.chance());
        let next_attempt = self.platform.now() + wait;
        self.refreshing.borrow_mut().trouble = Some(Trouble { failures, next_attempt });
        self.show_connection(false);

        let this = Rc::clone(self);
        self.platform.spawn(Box::pin(async move {
            this.pause(wait, retry_after).await;
            let trouble = this.refreshing.borrow().trouble;
            let is_current = trouble.is_some_and(|trouble| trouble.failures == failures);
            if this.epoch() == epoch && is_current {
                drop(this.flight());
            }
        }));
    }

    /// Waits, but no longer than until the browser is online again. A pause that the server asked for is kept: being
    /// online says nothing about what the server can bear.
    pub(super) async fn pause(&self, wait: Duration, asked_for: Option<Duration>) {
        let sleep = pin!(self.platform.sleep(wait));
        if asked_for.is_some() {
            sleep.await;
        } else {
            select(sleep, pin!(self.platform.online())).await;
        }
    }
}
