//! Coordinates the tabs of one browser: locks for work that one tab does for all, and messages about its result.
//!
//! ```text
//!   with_lock:  the lock is free ─────────────────────────▶ acquired
//!               taken ─▶ wait ─▶ lock granted ─▶ settled? ─▶ acquired
//!                          │───▶ settled: another tab has done the work
//!                          └───▶ no pong for most of a second: stolen from a frozen tab
//! ```
//!
//! A browser releases the locks of a tab that is closed or crashes, but not those of a frozen tab. So a waiting tab
//! pings the holder, which replies with a pong. The holder does not send pongs unasked: timers of hidden tabs run once a second at
//! most, while messages arrive without delay.

use std::{
    cell::RefCell,
    pin::pin,
    rc::{Rc, Weak},
    time::Duration,
};

use futures::{
    future::{Either, LocalBoxFuture, select},
    lock::{Mutex, MutexGuard},
};

use crate::{
    clock::Moment,
    notify::Notify,
    platform::{LockName, Platform},
    tab_message::TabMessage,
    timeline::{Decision, Timeline},
};

/// How long to wait for a pong, before jitter.
const PONG_TIMEOUT: Duration = Duration::from_millis(175);

/// Pings without a pong after which the holder counts as frozen. Not a duration: if this tab itself was suspended, the pongs are
/// still waiting in its queue.
const MAX_UNANSWERED: u32 = 4;

/// The message of a tab that was closed can arrive after its lock, and make the lock unnecessary. How long to wait for it.
const MESSAGE_DELAYS: [Duration; 5] = [Duration::from_millis(50); 5];

/// The other tabs of the browser.
pub(crate) struct Tabs<P> {
    platform: Rc<P>,
    timeline: Rc<Timeline>,
    /// Notified after each message.
    handled: Notify,
    /// The last pong for each lock.
    pongs: RefCell<Vec<(LockName, Moment)>>,
    /// The locks that this tab holds.
    held: RefCell<Vec<Weak<LockName>>>,
    /// Orders the requests of this tab whose responses set or clear the cookie.
    cookie_order: Mutex<()>,
}

/// A lock, released when dropped.
pub(crate) struct LockGuard<L> {
    _lock: L,
    _held: Rc<LockName>,
}

impl<P: Platform> Tabs<P> {
    pub(crate) fn new(platform: Rc<P>, timeline: Rc<Timeline>) -> Self {
        Self {
            platform,
            timeline,
            handled: Notify::default(),
            pongs: RefCell::default(),
            held: RefCell::default(),
            cookie_order: Mutex::new(()),
        }
    }

    /// Waits for a lock; `None` as soon as `is_settled`, when the work is no longer necessary. A tab that is closed, crashes
    /// or is frozen delays the others by less than a second.
    pub(crate) fn with_lock<'a>(
        &'a self,
        name: LockName,
        is_settled: &'a dyn Fn() -> bool,
    ) -> LocalBoxFuture<'a, Option<LockGuard<P::Lock>>> {
        Box::pin(async move {
            let lock = match self.platform.try_lock(name).await {
                Some(lock) => lock,
                None => self.wait_for_lock(name, is_settled).await?,
            };
            (!is_settled()).then(|| LockGuard { _lock: lock, _held: self.hold(name) })
        })
    }

    /// Waits for a turn to send a request whose response sets or clears the cookie, among the requests of this tab and of
    /// the others. Without a guard of the second kind, the request `is_settled`.
    pub(crate) async fn cookie_lock(
        &self,
        is_settled: &dyn Fn() -> bool,
    ) -> (MutexGuard<'_, ()>, Option<LockGuard<P::Lock>>) {
        let in_this_tab = self.cookie_order.lock().await;
        (in_this_tab, self.with_lock(LockName::Cookie, is_settled).await)
    }

    async fn wait_for_lock(&self, name: LockName, is_settled: &dyn Fn() -> bool) -> Option<P::Lock> {
        self.timeline.record(|| self.platform.now().wall, || Decision::WaitingForTab);
        let mut lock = pin!(self.platform.lock(name));
        let mut unanswered = 0;
        let lock = loop {
            if unanswered == MAX_UNANSWERED {
                return Some(self.platform.steal_lock(name).await);
            }
            let pinged_at = self.platform.now().monotonic;
            self.broadcast(&TabMessage::LockPing(name));
            let settled = pin!(self.settles_within(self.jittered(PONG_TIMEOUT), is_settled));
            match select(lock.as_mut(), settled).await {
                Either::Left((lock, _)) => break lock,
                Either::Right((true, _)) => return None,
                Either::Right((false, _)) if self.has_pong_since(name, pinged_at) => unanswered = 0,
                Either::Right((false, _)) => unanswered += 1,
            }
        };
        for delay in MESSAGE_DELAYS {
            if self.settles_within(delay, is_settled).await {
                return None;
            }
        }
        Some(lock)
    }

    /// Adds up to a quarter, so that waiting tabs do not all steal the lock of a frozen tab.
    pub(crate) fn jittered(&self, time: Duration) -> Duration {
        time + (time / 4).mul_f64(self.platform.random())
    }

    /// Whether a message makes the work unnecessary within the given time.
    pub(crate) async fn settles_within(&self, time: Duration, is_settled: &dyn Fn() -> bool) -> bool {
        let mut timeout = pin!(self.platform.sleep(time));
        loop {
            let handled = self.handled.notified();
            if is_settled() {
                return true;
            }
            if let Either::Left(_) = select(timeout.as_mut(), handled).await {
                return is_settled();
            }
        }
    }

    /// Sends a message to all other tabs.
    pub(crate) fn broadcast(&self, message: &TabMessage) {
        self.platform.broadcast(&message.to_text());
    }

    /// Handles a message that is about locks; returns any other message, after which the caller calls
    /// [`handled`](Self::handled).
    pub(crate) fn on_message(&self, text: &str) -> Option<TabMessage> {
        match TabMessage::parse(text)? {
            TabMessage::LockPing(name) => {
                if self.holds(name) {
                    self.broadcast(&TabMessage::LockPong(name));
                }
                None
            }
            TabMessage::LockPong(name) => {
                self.record_pong(name, self.platform.now().monotonic);
                self.handled();
                None
            }
            message => Some(message),
        }
    }

    /// Lets tasks that wait for a lock check whether the last message settled the matter.
    pub(crate) fn handled(&self) {
        self.handled.notify();
    }

    fn record_pong(&self, name: LockName, now: Moment) {
        let mut pongs = self.pongs.borrow_mut();
        pongs.retain(|(other, _)| *other != name);
        pongs.push((name, now));
    }

    fn has_pong_since(&self, name: LockName, since: Moment) -> bool {
        self.pongs.borrow().iter().any(|(other, at)| *other == name && *at >= since)
    }

    fn hold(&self, name: LockName) -> Rc<LockName> {
        let lock = Rc::new(name);
        let mut held = self.held.borrow_mut();
        held.retain(|held| held.strong_count() > 0);
        held.push(Rc::downgrade(&lock));
        lock
    }

    fn holds(&self, name: LockName) -> bool {
        self.held.borrow().iter().filter_map(Weak::upgrade).any(|held| *held == name)
    }
}
