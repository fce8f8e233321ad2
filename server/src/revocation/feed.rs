//! The feed of revocations: what this process has learned of ended sessions, numbered in the order in which it did.
//!
//! A cursor names this run of the process and a number, so whoever has one misses nothing, however late a transaction was
//! committed; a cursor of another node or of an earlier run gets everything. What comes close together is told together,
//! and everybody who waits is told the same, so that each document is made once.

use std::{
    collections::VecDeque,
    sync::{
        PoisonError, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

use crate::{clock::Moment, model::session::SessionId, random};

/// So many in a document of everything: it stays below what services accept. Whoever is not at the end asks again at once.
const MAX_PAGE: u64 = 200_000;

/// So many in a document of changes: there are as many of these documents as cursors, so none may cost much.
const MAX_CHANGES_PAGE: u64 = 20_000;

/// Between two times at which those who wait are watermark: a flood of ends is told a little later, not to each one by one.
const COALESCE: Duration = Duration::from_millis(50);

/// So many may wait; whoever comes when all places are taken is answered at once.
pub const MAX_WAITING: usize = 10_000;

/// An ended session as services hear of it.
struct Entry {
    session_id: Box<str>,
    /// The second from which on nobody needs to remember it.
    until: i64,
    /// How long this process had run when it learned_at.
    learned_at: Duration,
}

#[derive(Default)]
struct Log {
    /// The number of the first entry that is still there.
    first: u64,
    entries: VecDeque<Entry>,
}

impl Log {
    fn end(&self) -> u64 {
        self.first + self.entries.len() as u64
    }
}

#[derive(Clone, Copy, Default)]
struct Watermark {
    /// Everything before this number may be told.
    to: u64,
    is_closed: bool,
}

/// A part of the feed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Page {
    /// The number of the first entry, where everything before is known already.
    pub after: Option<u64>,
    /// The number to go on with.
    pub to: u64,
}

/// What has ended, in the order in which this process learned_at of it.
pub struct Feed {
    /// Tells this run of the process from every other one.
    run: String,
    log: RwLock<Log>,
    grown: watch::Sender<u64>,
    watermark: watch::Sender<Watermark>,
    waiting: AtomicUsize,
}

impl Default for Feed {
    fn default() -> Self {
        Self {
            run: random::id(),
            log: RwLock::default(),
            grown: watch::Sender::default(),
            watermark: watch::Sender::default(),
            waiting: AtomicUsize::default(),
        }
    }
}

impl Feed {
    /// The session has ended; nobody needs to remember that from `until` on.
    pub fn push(&self, session_id: &SessionId, until: Moment, learned_at: Duration) {
        let entry = Entry { session_id: session_id.0.as_str().into(), until: until.seconds() + 1, learned_at };
        let end = {
            let mut log = self.log.write().unwrap_or_else(PoisonError::into_inner);
            log.entries.push_back(entry);
            log.end()
        };
        // Of two at once the later number stays.
        self.grown.send_if_modified(|number| end > std::mem::replace(number, end.max(*number)));
    }

    /// Forgets what was learned_at so long ago that it is dead for certain.
    pub fn forget(&self, is_old: impl Fn(Duration) -> bool) {
        let mut log = self.log.write().unwrap_or_else(PoisonError::into_inner);
        while log.entries.front().is_some_and(|entry| is_old(entry.learned_at)) {
            log.entries.pop_front();
            log.first += 1;
        }
    }

    /// Tells those who wait, for ever.
    pub async fn publish(&self) {
        let mut grown = self.grown.subscribe();
        loop {
            let to = *grown.borrow_and_update();
            self.watermark.send_if_modified(|told| to > std::mem::replace(&mut told.to, to));
            sleep(COALESCE).await;
            if grown.changed().await.is_err() {
                return;
            }
        }
    }

    /// The text of a place in the feed.
    pub fn cursor(&self, number: u64) -> String {
        format!("{}-{number}", self.run)
    }

    /// The number that a cursor stands for; `None` when it is not of this run, or what came after it is forgotten.
    pub fn place(&self, cursor: &str) -> Option<u64> {
        let (run, number) = cursor.split_once('-')?;
        let number = number.parse().ok()?;
        let log = self.log.read().unwrap_or_else(PoisonError::into_inner);
        let is_known = run == self.run && (log.first..=log.end()).contains(&number);
        is_known.then_some(number)
    }

    /// What there is to say to whoever knows everything before `after`, or nothing. Those who wait are told the same, and
    /// a little late; to whoever asks for everything, the last end is told too.
    pub fn part(&self, after: Option<u64>) -> Page {
        let told = self.watermark.borrow().to;
        let log = self.log.read().unwrap_or_else(PoisonError::into_inner);
        match after.filter(|number| *number >= log.first) {
            Some(number) => Page { after: Some(number), to: told.min(number + MAX_CHANGES_PAGE).max(number) },
            None => Page { after: None, to: log.end().min(log.first + MAX_PAGE) },
        }
    }

    /// Each session of a part, and the second from which on nobody needs to remember it.
    pub fn read(&self, part: Page) -> Vec<(String, i64)> {
        let log = self.log.read().unwrap_or_else(PoisonError::into_inner);
        let place = |number: u64| usize::try_from(number.saturating_sub(log.first)).unwrap_or(usize::MAX);
        let (begin, end) = (place(part.after.unwrap_or(log.first)), place(part.to));
        let entries = log.entries.iter().take(end).skip(begin);
        entries.map(|entry| (entry.session_id.to_string(), entry.until)).collect()
    }

    /// Waits until there is more than `after`, the time is up or the server stops. `None` when too many wait.
    pub async fn wait(&self, after: u64, longest: Duration) -> Option<()> {
        let _place = WaitSlot::take(&self.waiting)?;
        let mut told = self.watermark.subscribe();
        _ = timeout(longest, told.wait_for(|told| told.is_closed || told.to > after)).await;
        Some(())
    }

    /// Sends everybody away: the server stops.
    pub fn close(&self) {
        self.watermark.send_modify(|told| told.is_closed = true);
    }

    /// Whether the server stops.
    pub fn is_closed(&self) -> bool {
        self.watermark.borrow().is_closed
    }

    /// How many wait.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }
}

/// A place among those who wait; given up with the value.
struct WaitSlot<'a>(&'a AtomicUsize);

impl<'a> WaitSlot<'a> {
    fn take(waiting: &'a AtomicUsize) -> Option<Self> {
        let place = Self(waiting);
        (waiting.fetch_add(1, Ordering::Relaxed) < MAX_WAITING).then_some(place)
    }
}

impl Drop for WaitSlot<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
