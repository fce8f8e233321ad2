//! The one place of the session in a browser tab: what is known, and how it changes.
//!
//! Free of the browser. `refresh.rs`, `login.rs`, `logout.rs` and `interceptor.rs` say what can be done with it.

use std::{cell::RefCell, rc::Rc};

use futures::{
    FutureExt,
    future::{LocalBoxFuture, Shared},
    lock::Mutex,
};
use leptos::prelude::{ArcRwSignal, ReadUntracked, Set};

use super::{
    Connection, Error, Status,
    platform::{Moment, Platform},
    refresh::Refreshing,
    session::{Credential, Epoch, Event, Session},
};

/// Holds the session, and in it the access token, which is nowhere else.
pub(super) struct Core<P> {
    pub(super) platform: P,
    session: RefCell<Session>,
    pub(super) refreshing: RefCell<Refreshing>,
    /// Held by requests whose answer sets or clears the cookie: two of them under way could cross.
    pub(super) cookie: Mutex<()>,
    status: ArcRwSignal<Status>,
    connection: ArcRwSignal<Connection>,
}

/// Work that several callers wait for and that ends even if all of them go away.
pub(super) type Flight<T> = Shared<LocalBoxFuture<'static, T>>;

impl<P: Platform> Core<P> {
    pub(super) fn new(platform: P, may_be_logged_in: bool) -> Rc<Self> {
        let session = Session::at_first(may_be_logged_in);
        Rc::new(Self {
            platform,
            status: ArcRwSignal::new(session.status()),
            session: RefCell::new(session),
            refreshing: RefCell::default(),
            cookie: Mutex::new(()),
            connection: ArcRwSignal::new(Connection::Online),
        })
    }

    pub(super) fn status(&self) -> ArcRwSignal<Status> {
        self.status.clone()
    }

    pub(super) fn connection(&self) -> ArcRwSignal<Connection> {
        self.connection.clone()
    }

    /// The silent refresh of a page that has just been loaded. Where nobody is logged in, nothing is sent.
    pub(super) fn start(self: &Rc<Self>) {
        if matches!(self.credential(), Credential::NotYet) {
            drop(self.flight());
        }
    }

    pub(super) fn epoch(&self) -> Epoch {
        self.session.borrow().epoch()
    }

    /// What a request can be given right now.
    pub(super) fn credential(&self) -> Credential {
        self.session.borrow().credential(self.platform.now())
    }

    /// An error if another session, or none, has taken the place of the one that `epoch` means.
    pub(super) fn still(&self, epoch: Epoch) -> Result<(), Error> {
        let session = self.session.borrow();
        if session.epoch() == epoch { Ok(()) } else { Err(Error::SessionEnded { why: session.why_ended() }) }
    }

    /// Lets `event` happen to the session of the epoch `asked_in`, and shows what came of it.
    pub(super) fn apply(self: &Rc<Self>, asked_in: Epoch, event: Event) {
        let before = self.epoch();
        let had_somebody = self.end_of(before).is_some();
        let after = self.session.borrow().after(asked_in, event, self.platform.now());
        let (epoch, status) = (after.epoch(), after.status());
        self.session.replace(after);

        let moved = epoch != before;
        if moved {
            // Whatever was under way or went wrong belonged to the session before.
            self.refreshing.take();
            self.show_connection(true);
        }
        if *self.status.read_untracked() != status {
            self.status.set(status);
        }
        if moved || !had_somebody {
            let this = Rc::clone(self);
            self.platform.spawn(Box::pin(async move { this.watch_the_end(epoch).await }));
        }
    }

    /// Ends the session when its time is over, so that nothing private stays on a screen that nobody touches.
    async fn watch_the_end(self: Rc<Self>, epoch: Epoch) {
        while let Some(end) = self.end_of(epoch) {
            self.platform.sleep(end - self.platform.now()).await;
            self.apply(epoch, Event::TimePassed);
        }
    }

    /// When the session of this epoch ends by itself; `None` once it is over, and while nobody is logged in.
    pub(super) fn end_of(&self, epoch: Epoch) -> Option<Moment> {
        let session = self.session.borrow();
        if session.epoch() == epoch { session.end() } else { None }
    }

    /// Tells the interface whether the server can be reached; of several failures in a row the first one counts.
    pub(super) fn show_connection(&self, reachable: bool) {
        let known = *self.connection.read_untracked();
        match (reachable, known) {
            (true, Connection::Unreachable { .. }) => self.connection.set(Connection::Online),
            (false, Connection::Online) => {
                self.connection.set(Connection::Unreachable { since: self.platform.wall_clock() });
            }
            (true, Connection::Online) | (false, Connection::Unreachable { .. }) => {}
        }
    }

    /// Starts work that goes on when its callers go away.
    pub(super) fn launch<T: Clone + 'static>(&self, work: impl Future<Output = T> + 'static) -> Flight<T> {
        let flight = work.boxed_local().shared();
        self.platform.spawn(flight.clone().map(drop).boxed_local());
        flight
    }
}
