//! The tabs of one browser: who does what is for one of them to do, and what each tells the others.
//!
//! ```text
//!   turn:  the lock is free ──────────────────────────▶ it is ours
//!          taken ─▶ wait ─▶ the lock comes ─▶ no news? ─▶ it is ours
//!                     │───▶ news: another tab has done it
//!                     └───▶ no answer for most of a second: taken from a tab that is frozen
//! ```
//!
//! A browser takes a lock back from a tab that is closed or that crashes, but not from one that it has frozen. So whoever
//! waits asks, again and again, whose turn it is. It is not for the tab that has the turn to be heard by itself: in a tab
//! that nobody sees, browsers let a timer run once a second at most, and news come as ever.

use std::{
    cell::RefCell,
    pin::pin,
    rc::{Rc, Weak},
    time::Duration,
};

use futures::future::{Either, select};

use super::{
    bell::Bell,
    core::Core,
    grant::Granted,
    news::{News, Passed},
    pass::Renewal,
    platform::{Clocks, Moment, Platform, Turn},
    session::Event,
    timeline::Decision,
};

/// How long to wait for an answer before asking again, and a little longer.
const ANSWER_TAKES: Duration = Duration::from_millis(175);

/// After so many questions without an answer, a tab is taken for frozen. They are counted, and not the time: the answers
/// to a tab that was held up itself lie still before it.
const QUESTIONS: u32 = 4;

/// A lock can overtake the news that make it needless. The longest wait is for news of a tab that was closed.
const NEWS_TAKE: [Duration; 5] = [Duration::from_millis(50); 5];

/// The tab that asked the server in vain asks next. This much later, and a little more, the others do.
const HEAD_START: Duration = Duration::from_millis(700);

/// What this tab knows of the others.
#[derive(Default)]
pub(super) struct Tabs {
    /// Rings at every piece of news.
    news: Bell,
    /// When others last said that they have these turns.
    heard_of: RefCell<Vec<(Turn, Moment)>>,
    /// The turns that this tab has.
    held: RefCell<Vec<Weak<Turn>>>,
}

impl Tabs {
    fn hear_of(&self, turn: Turn, now: Moment) {
        let mut heard_of = self.heard_of.borrow_mut();
        heard_of.retain(|(other, _)| *other != turn);
        heard_of.push((turn, now));
    }

    fn has_heard_of(&self, turn: Turn, since: Moment) -> bool {
        self.heard_of.borrow().iter().any(|(heard_of, at)| *heard_of == turn && *at >= since)
    }

    fn hold(&self, turn: Turn) -> Rc<Turn> {
        let turn = Rc::new(turn);
        let mut held = self.held.borrow_mut();
        held.retain(|held| held.strong_count() > 0);
        held.push(Rc::downgrade(&turn));
        turn
    }

    fn has(&self, turn: Turn) -> bool {
        self.held.borrow().iter().filter_map(Weak::upgrade).any(|held| *held == turn)
    }
}

/// A turn, until it is dropped.
pub(super) struct Held<L> {
    _lock: L,
    _turn: Rc<Turn>,
}

impl<P: Platform> Core<P> {
    /// Waits until this tab, and no other, may do what `turn` stands for; `None` as soon as that is not necessary any
    /// more. A tab that is closed, has crashed or is frozen makes others wait for less than a second.
    pub(super) async fn turn(self: &Rc<Self>, turn: Turn, is_settled: &dyn Fn() -> bool) -> Option<Held<P::Lock>> {
        let lock = match self.platform.try_lock(turn).await {
            Some(lock) => lock,
            None => self.wait_for_lock(turn, is_settled).await?,
        };
        (!is_settled()).then(|| Held { _lock: lock, _turn: self.tabs.hold(turn) })
    }

    async fn wait_for_lock(self: &Rc<Self>, turn: Turn, is_settled: &dyn Fn() -> bool) -> Option<P::Lock> {
        self.note(|| Decision::WaitingForTab);
        let mut lock = pin!(self.platform.lock(turn));
        let mut unanswered = 0;
        let lock = loop {
            if unanswered == QUESTIONS {
                return Some(self.platform.steal_lock(turn).await);
            }
            let asked_at = self.now().steady;
            self.tell(&News::WhoHas(turn));
            let answered = pin!(self.settles_within(self.a_little_over(ANSWER_TAKES), is_settled));
            match select(lock.as_mut(), answered).await {
                Either::Left((lock, _)) => break lock,
                Either::Right((true, _)) => return None,
                Either::Right((false, _)) if self.tabs.has_heard_of(turn, asked_at) => unanswered = 0,
                Either::Right((false, _)) => unanswered += 1,
            }
        };
        for wait in NEWS_TAKE {
            if self.settles_within(wait, is_settled).await {
                return None;
            }
        }
        Some(lock)
    }

    /// Up to a quarter longer, by chance, so that those who wait do not all take the place of a frozen tab.
    fn a_little_over(&self, time: Duration) -> Duration {
        time + (time / 4).mul_f64(self.platform.chance())
    }

    /// Whether news settle it before so much time has passed.
    async fn settles_within(&self, time: Duration, is_settled: &dyn Fn() -> bool) -> bool {
        let mut passed = pin!(self.platform.sleep(time));
        loop {
            let news = self.tabs.news.rings();
            if is_settled() {
                return true;
            }
            if let Either::Left(_) = select(passed.as_mut(), news).await {
                return is_settled();
            }
        }
    }

    /// Tells the other tabs.
    pub(super) fn tell(&self, news: &News) {
        self.platform.tell(&news.to_text());
    }

    /// Another tab has told something.
    pub(super) fn heard(self: &Rc<Self>, text: &str) {
        let Some(news) = News::read(text) else { return };
        if news.is_of_shared_session() && self.is_own() {
            return;
        }
        let now = self.now();
        match news {
            News::WhoHas(turn) => {
                if self.tabs.has(turn) {
                    self.tell(&News::Busy(turn));
                }
                return;
            }
            News::Busy(turn) => self.tabs.hear_of(turn, now.steady),
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
                let wait = Duration::from_millis(milliseconds) + self.a_little_over(HEAD_START);
                self.leave_alone(failures, wait, asked_for);
            }
        }
        self.tabs.news.ring();
    }

    /// What another tab was granted, as if it had been granted here, in trade for the cookie that both have.
    fn read(&self, passed: &Passed, now: Clocks) -> Option<Box<Granted>> {
        let (grant, cookie) = (passed.grant.as_bytes(), Some(&Renewal::Cookie));
        let granted = Granted::read(grant, cookie, passed.asked_at(now), now.steady, self.platform.chance())?;
        granted.is_shared().then_some(granted)
    }
}
