//! The one place of the session in a browser tab: what is known, and how it changes.
//!
//! Free of the browser. `refresh.rs`, `login.rs`, `logout.rs` and `interceptor.rs` say what can be done with it, `tabs.rs`
//! what other tabs have to do with it.

use std::{
    cell::{Cell, OnceCell, RefCell},
    rc::Rc,
    time::Duration,
};

use futures::{
    FutureExt,
    future::{LocalBoxFuture, Shared},
    lock::Mutex,
};
use leptos::prelude::{ArcRwSignal, ReadUntracked, Set};

use super::{
    Connection, Error, SessionEnd, Status,
    bell::Bell,
    grant::Granted,
    platform::{Clocks, Moment, Platform},
    refresh::Refreshing,
    session::{Credential, Epoch, Event, Session},
    tabs::Tabs,
    timeline::{Decision, Timeline},
};

/// How often somebody looks at the clocks while somebody is logged in.
const TICK: Duration = Duration::from_secs(30);

/// How much further the time of day goes than the steady clock when the machine has slept, or when it was set.
const SLEPT: Duration = Duration::from_secs(5);

/// Holds the session, and in it the tokens, which are nowhere else.
pub(super) struct Core<P> {
    pub(super) platform: P,
    pub(super) session: RefCell<Session>,
    pub(super) refreshing: RefCell<Refreshing>,
    /// What other tabs have to do with it.
    pub(super) tabs: Tabs,
    /// Rings when there is reason to try again what failed.
    pub(super) woken: Bell,
    /// Whether somebody can see the page.
    is_seen: Cell<bool>,
    /// Rings when that changes, when another session, or none, takes the place of this one, and when this one lapses.
    pub(super) turned: Bell,
    /// The server has asked not to be asked for a stream before then.
    pub(super) no_stream_before: Cell<Moment>,
    /// In this tab, the requests whose answers set or clear the cookie go out in the order in which they were made.
    pub(super) cookie: Mutex<()>,
    /// How often the person has logged out here.
    pub(super) logouts: Cell<u32>,
    /// What was decided, once somebody watches.
    pub(super) timeline: OnceCell<Timeline>,
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
            tabs: Tabs::default(),
            woken: Bell::default(),
            is_seen: Cell::default(),
            turned: Bell::default(),
            no_stream_before: Cell::default(),
            cookie: Mutex::new(()),
            logouts: Cell::default(),
            timeline: OnceCell::new(),
            connection: ArcRwSignal::new(Connection::Online),
        })
    }

    pub(super) fn now(&self) -> Clocks {
        self.platform.now()
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
        self.session.borrow().credential(self.now())
    }

    /// Whether somebody is logged in, or may turn out to be.
    pub(super) fn may_be_somebody(&self) -> bool {
        !matches!(self.credential(), Credential::Nobody { .. })
    }

    /// The id of the session of now.
    pub(super) fn session_id(&self) -> Option<String> {
        self.granted(|granted| granted.session.id.clone())
    }

    /// Something of the last grant, while somebody is logged in.
    pub(super) fn granted<T>(&self, read: impl FnOnce(&Granted) -> T) -> Option<T> {
        self.session.borrow().granted().map(read)
    }

    /// What the last grant brought, if the session is this tab's own: no other tab has it, so none is told of it.
    pub(super) fn own(&self) -> Option<Box<Granted>> {
        self.session.borrow().own().cloned().map(Box::new)
    }

    pub(super) fn is_own(&self) -> bool {
        self.session.borrow().own().is_some()
    }

    /// An error if another session, or none, has taken the place of the one that `epoch` means.
    pub(super) fn still(&self, epoch: Epoch) -> Result<(), Error> {
        let session = self.session.borrow();
        if session.epoch() == epoch { Ok(()) } else { Err(Error::SessionEnded { end: session.why_ended() }) }
    }

    /// Lets `event` happen to the session of the epoch `asked_in`, and shows what came of it.
    pub(super) fn apply(self: &Rc<Self>, asked_in: Epoch, event: Event) {
        let before = self.epoch();
        let had_somebody = self.end_of(before).is_some();
        let after = self.session.borrow().after(asked_in, event, self.now().steady);
        let (epoch, status, has_lapsed) = (after.epoch(), after.status(), after.has_lapsed());
        self.session.replace(after);

        let moved = epoch != before;
        if has_lapsed && had_somebody {
            self.turned.ring();
            self.note(|| Decision::ReauthRequired);
        }
        if moved {
            // Whatever was under way or went wrong belonged to the session before.
            self.refreshing.take();
            self.turned.ring();
            self.show_connection(true);
            self.note(|| Decision::StatusChanged {
                is_logged_in: status.is_logged_in(),
                reason: self.session.borrow().why_ended().map(|end| end.reason),
            });
        }
        if *self.status.read_untracked() != status {
            self.status.set(status);
        }
        if (moved || !had_somebody) && self.end_of(epoch).is_some() {
            let this = Rc::clone(self);
            self.platform.spawn(Box::pin(async move { this.watch_the_clocks(epoch).await }));
            let this = Rc::clone(self);
            self.platform.spawn(Box::pin(async move { this.hear_of_the_end(epoch).await }));
        }
    }

    /// Ends the session when its time is over, so that nothing private stays on a screen that nobody touches, and
    /// notices when the machine has slept.
    async fn watch_the_clocks(self: Rc<Self>, epoch: Epoch) {
        while let Some(end) = self.end_of(epoch) {
            let before = self.now();
            self.platform.sleep((end - before.steady).min(TICK)).await;
            self.apply(epoch, Event::TimePassed);
            let now = self.now();
            if now.perhaps_since(before) > now.since(before) + SLEPT {
                self.wake();
            }
        }
    }

    /// When the session of this epoch ends by itself; `None` once it is over, and while nobody is logged in.
    pub(super) fn end_of(&self, epoch: Epoch) -> Option<Moment> {
        let session = self.session.borrow();
        if session.epoch() == epoch { session.end() } else { None }
    }

    /// There is reason to look again: the page is seen, the machine has slept, the network is back. Pauses end, an old
    /// token is replaced before anybody asks for it.
    pub(super) fn wake(self: &Rc<Self>) {
        self.note(|| Decision::Resumed);
        self.apply(self.epoch(), Event::TimePassed);
        self.woken.ring();
        if self.credential().needs_refresh() && !self.is_pausing() {
            drop(self.flight());
        }
        // Perhaps the steady clock has missed the end. Whoever opens the stream anew hears of it.
        if self.granted(|granted| granted.lapses() && granted.left(self.now()).is_zero()) == Some(true) {
            self.turned.ring();
        }
    }

    /// Lets the session end if its time is over and no timer has told so.
    pub(super) fn keep_time(self: &Rc<Self>) {
        if self.end_of(self.epoch()).is_some_and(|end| self.now().steady >= end) {
            self.apply(self.epoch(), Event::TimePassed);
        }
    }

    /// Whether somebody can see the page.
    pub(super) fn is_seen(&self) -> bool {
        self.is_seen.get()
    }

    /// The page can be seen from now on, or not any more.
    pub(super) fn show(&self, is_seen: bool) {
        if self.is_seen.replace(is_seen) != is_seen {
            self.turned.ring();
        }
    }

    /// The browser says that there is no network.
    pub(super) fn lose_network(&self) {
        if self.may_be_somebody() {
            self.show_connection(false);
        }
    }

    /// The browser says that there is a network again.
    pub(super) fn regain_network(self: &Rc<Self>) {
        if !self.refreshing.borrow().is_in_trouble() {
            self.show_connection(true);
        }
        self.wake();
    }

    /// The page goes, for good or into the browser's memory, and a session that is its own goes with it.
    pub(super) fn go(self: &Rc<Self>) {
        self.show(false);
        if self.is_own() {
            self.logout();
        }
    }

    /// The page comes back from the browser's memory as it was left: what it shows may be of a session that has ended
    /// meanwhile. It is asked for anew before anything is shown; whoever was alone here has left with the page.
    pub(super) fn restore(self: &Rc<Self>) {
        if self.is_own() {
            return self.logout();
        }
        self.ask_anew(None);
    }

    /// Asks who is there now, and why the session is over if nobody is.
    pub(super) fn ask_anew(self: &Rc<Self>, why: Option<SessionEnd>) {
        self.apply(self.epoch(), Event::Restored(why));
        self.wake();
    }

    /// Tells the interface whether the server can be reached; of several failures in a row the first one counts.
    pub(super) fn show_connection(&self, reachable: bool) {
        let known = *self.connection.read_untracked();
        match (reachable, known) {
            (true, Connection::Unreachable { .. }) => self.connection.set(Connection::Online),
            (false, Connection::Online) => {
                self.connection.set(Connection::Unreachable { since: self.now().wall });
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
