//! The tabs of one browser: who does what is for one of them to do, and what each tells the others.
//!
//! ```text
//!   turn:  the lock is free ──────────────────────────▶ it is ours
//!          taken ─▶ wait ─▶ the lock comes ─▶ no news? ─▶ it is ours
//!                     │───▶ news: another tab has done it
//!                     └───▶ nothing heard for most of a second: taken from a tab that is frozen
//! ```
//!
//! Whoever has a turn is heard every quarter of a second. A browser takes a lock back from a tab that is closed or that
//! crashes, but not from one that it has frozen.

use std::{cell::Cell, pin::pin, rc::Rc, time::Duration};

use futures::{
    channel::oneshot,
    future::{Either, select},
};

use super::{
    bell::Bell,
    core::Core,
    grant::Granted,
    news::{News, Passed},
    platform::{Clocks, Moment, Platform, Turn},
    session::Event,
    timeline::Decision,
};

/// How often a tab that has a turn is heard.
const HEARTBEAT: Duration = Duration::from_millis(250);

/// After this long without a sound, and a little more by chance, a tab is taken for frozen.
const SILENCE: Duration = Duration::from_millis(700);

/// A lock can overtake the news that make it needless.
const NEWS_TAKE: Duration = Duration::from_millis(50);

/// What this tab knows of the others.
#[derive(Default)]
pub(super) struct Tabs {
    /// Rings at every piece of news.
    news: Bell,
    heard_of: Cell<Option<(Turn, Moment)>>,
}

/// A turn, until it is dropped.
pub(super) struct Held<L> {
    _lock: L,
    _heartbeat: oneshot::Sender<()>,
}

impl<P: Platform> Core<P> {
    /// Waits until this tab, and no other, may do what `turn` stands for; `None` as soon as that is not necessary any
    /// more. A tab that is closed, has crashed or is frozen makes others wait for less than a second.
    pub(super) async fn turn(self: &Rc<Self>, turn: Turn, is_settled: &dyn Fn() -> bool) -> Option<Held<P::Lock>> {
        let lock = match self.platform.try_lock(turn).await {
            Some(lock) => lock,
            None => self.wait_for_lock(turn, is_settled).await?,
        };
        (!is_settled()).then(|| self.hold(turn, lock))
    }

    async fn wait_for_lock(self: &Rc<Self>, turn: Turn, is_settled: &dyn Fn() -> bool) -> Option<P::Lock> {
        self.note(|| Decision::WaitedForTab);
        let mut lock = pin!(self.platform.lock(turn));
        let patience = self.patience();
        let mut silent_since = self.now().steady;
        let lock = loop {
            let news = self.tabs.news.rings();
            if is_settled() {
                return None;
            }
            let wait = (silent_since + patience) - self.now().steady;
            let silence = pin!(self.platform.sleep(wait));
            let silence = select(silence, news);
            match select(lock.as_mut(), silence).await {
                Either::Left((lock, _)) => break lock,
                Either::Right((Either::Left(_), _)) => return Some(self.platform.steal_lock(turn).await),
                Either::Right((Either::Right(_), _)) => {}
            }
            if let Some((heard_of, at)) = self.tabs.heard_of.get()
                && heard_of == turn
            {
                silent_since = silent_since.max(at);
            }
        };
        let until = self.now().steady + NEWS_TAKE;
        while !is_settled() && self.now().steady < until {
            let news = self.tabs.news.rings();
            select(pin!(self.platform.sleep(until - self.now().steady)), news).await;
        }
        Some(lock)
    }

    /// How long to listen for a tab before it is taken for frozen. Not the same for all, so that they do not all take its
    /// place.
    fn patience(&self) -> Duration {
        SILENCE + (SILENCE / 4).mul_f64(self.platform.chance())
    }

    fn hold(self: &Rc<Self>, turn: Turn, lock: P::Lock) -> Held<P::Lock> {
        let (heartbeat, mut over) = oneshot::channel();
        let this = Rc::clone(self);
        self.platform.spawn(Box::pin(async move {
            loop {
                this.tell(&News::Busy(turn));
                match select(pin!(this.platform.sleep(HEARTBEAT)), over).await {
                    Either::Left(((), still)) => over = still,
                    Either::Right(_) => return,
                }
            }
        }));
        Held { _lock: lock, _heartbeat: heartbeat }
    }

    /// Tells the other tabs.
    pub(super) fn tell(&self, news: &News) {
        self.platform.tell(&news.to_text());
    }

    /// Another tab has told something.
    pub(super) fn heard(self: &Rc<Self>, text: &str) {
        let Some(news) = News::read(text) else { return };
        let now = self.now();
        match news {
            News::Busy(turn) => self.tabs.heard_of.set(Some((turn, now.steady))),
            News::Refreshed(passed) => {
                if let Some(granted) = self.read(&passed, now) {
                    self.note(|| Decision::Refreshed { elsewhere: true });
                    self.reached();
                    self.apply(self.epoch(), Event::RefreshedElsewhere(granted));
                }
            }
            News::LoggedIn(passed) => {
                if let Some(granted) = self.read(&passed, now) {
                    self.apply(self.epoch(), Event::LoggedIn(granted));
                }
            }
            News::Ended { session, why } => self.apply(self.epoch(), Event::EndedElsewhere { session, why }),
            News::Unreachable { failures, milliseconds, asked_for } => {
                // That tab tries again for all. The others do so only if nothing is heard of it by then.
                let wait = Duration::from_millis(milliseconds) + self.patience();
                self.leave_alone(failures, wait, asked_for);
            }
        }
        self.tabs.news.ring();
    }

    /// What another tab was granted, as if it had been granted here.
    fn read(&self, passed: &Passed, now: Clocks) -> Option<Box<Granted>> {
        Granted::read(passed.grant.as_bytes(), passed.asked_at(now), now.steady, self.platform.chance())
    }
}
