//! The revocation feed for other services: a log of ended sessions, numbered in the order in which this process received
//! them.
//!
//! A cursor consists of the id of this process and a number, so a client misses no entry, even if a transaction was
//! committed late. A cursor of another node or of an earlier process gets a full snapshot. Long polls are released together
//! at a watermark, not for each entry, so that all of them get the same page, which is signed once.

use std::{
    collections::VecDeque,
    ops::Range,
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

/// Maximum entries of a page for a client without a cursor: below the size limit of clients, which request the next
/// page at once.
const MAX_FULL_PAGE: u64 = 200_000;

/// Maximum entries of a page after a cursor: there can be as many such pages as cursors, so each must be cheap.
const MAX_CHANGES_PAGE: u64 = 20_000;

/// Minimum interval between two moves of the watermark: a burst of revocations releases the long polls once.
const COALESCE: Duration = Duration::from_millis(50);

/// Maximum concurrent long polls; beyond it, they are answered immediately.
pub const MAX_WAITERS: usize = 10_000;

struct Entry {
    session_id: Box<str>,
    /// The second from which on no access token of the session is valid.
    until: i64,
    /// The uptime at which this process received the end.
    received_at: Duration,
}

impl Entry {
    fn new(session_id: &SessionId, until: Moment, received_at: Duration) -> Self {
        Self { session_id: session_id.0.as_str().into(), until: until.seconds() + 1, received_at }
    }
}

#[derive(Default)]
struct Log {
    /// The number of the first entry in `entries`.
    first: u64,
    entries: VecDeque<Entry>,
}

impl Log {
    fn end(&self) -> u64 {
        self.first + self.entries.len() as u64
    }
}

/// The end of the log as long polls see it.
#[derive(Clone, Copy, Default)]
struct Watermark {
    end: u64,
    is_closed: bool,
}

/// A range of entries.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Page {
    /// The number of the first entry; none for a page from the beginning of the log.
    pub after: Option<u64>,
    /// The number after the last entry, at which the next page begins.
    pub end: u64,
}

pub struct Feed {
    /// Identifies this process in cursors.
    process_id: String,
    log: RwLock<Log>,
    log_end: watch::Sender<u64>,
    watermark: watch::Sender<Watermark>,
    waiters: AtomicUsize,
}

impl Default for Feed {
    fn default() -> Self {
        Self {
            process_id: random::id(),
            log: RwLock::default(),
            log_end: watch::Sender::default(),
            watermark: watch::Sender::default(),
            waiters: AtomicUsize::default(),
        }
    }
}

impl Feed {
    /// Appends an ended session. Its access tokens are valid until `until` at most.
    pub fn push(&self, session_id: &SessionId, until: Moment, received_at: Duration) {
        let entry = Entry::new(session_id, until, received_at);
        let end = {
            let mut log = self.log.write().unwrap_or_else(PoisonError::into_inner);
            log.entries.push_back(entry);
            log.end()
        };
        // Concurrent calls may arrive in either order: the higher end stays.
        self.log_end.send_if_modified(|current| end > std::mem::replace(current, end.max(*current)));
    }

    /// Restarts the log with these sessions: no earlier cursor is known any longer, and every long poll returns.
    pub fn restart<'a>(&self, sessions: impl Iterator<Item = (&'a SessionId, Moment)>, received_at: Duration) {
        let end = {
            let mut log = self.log.write().unwrap_or_else(PoisonError::into_inner);
            log.first = log.end() + 1;
            log.entries = sessions.map(|(session_id, until)| Entry::new(session_id, until, received_at)).collect();
            log.end()
        };
        self.log_end.send_if_modified(|current| end > std::mem::replace(current, end.max(*current)));
    }

    /// Removes the oldest entries, as long as `is_old` is true of their `received_at`.
    pub fn prune(&self, is_old: impl Fn(Duration) -> bool) {
        let mut log = self.log.write().unwrap_or_else(PoisonError::into_inner);
        while log.entries.front().is_some_and(|entry| is_old(entry.received_at)) {
            log.entries.pop_front();
            log.first += 1;
        }
    }

    /// Moves the watermark to the end of the log, at most once per interval. Never returns.
    pub async fn publish(&self) {
        let mut log_end = self.log_end.subscribe();
        loop {
            let end = *log_end.borrow_and_update();
            self.watermark.send_if_modified(|watermark| end > std::mem::replace(&mut watermark.end, end));
            sleep(COALESCE).await;
            if log_end.changed().await.is_err() {
                return;
            }
        }
    }

    /// The cursor for the entries from `position` on.
    pub fn cursor(&self, position: u64) -> String {
        format!("{}-{position}", self.process_id)
    }

    /// The position of a cursor. `None` when it is not of this process, or when entries after it have been removed.
    pub fn position(&self, cursor: &str) -> Option<u64> {
        let (process_id, position) = cursor.split_once('-')?;
        let position = position.parse().ok()?;
        let log = self.log.read().unwrap_or_else(PoisonError::into_inner);
        let is_known = process_id == self.process_id && (log.first..=log.end()).contains(&position);
        is_known.then_some(position)
    }

    /// The page after `after`, or from the beginning. Ends at the watermark after a cursor, so that all long polls get
    /// the same page; at the end of the log otherwise, so that a new client misses nothing.
    pub fn page(&self, after: Option<u64>) -> Page {
        let watermark = self.watermark.borrow().end;
        let log = self.log.read().unwrap_or_else(PoisonError::into_inner);
        match after.filter(|after| *after >= log.first) {
            Some(after) => Page { after: Some(after), end: watermark.min(after + MAX_CHANGES_PAGE).max(after) },
            None => Page { after: None, end: log.end().min(log.first + MAX_FULL_PAGE) },
        }
    }

    /// The ids of a page's sessions, each with the second from which on none of its access tokens is valid.
    pub fn read(&self, page: Page) -> Vec<(String, i64)> {
        let log = self.log.read().unwrap_or_else(PoisonError::into_inner);
        let index = |number: u64| usize::try_from(number.saturating_sub(log.first)).unwrap_or(usize::MAX);
        let (begin, end) = (index(page.after.unwrap_or(log.first)), index(page.end));
        let entries = log.entries.iter().take(end).skip(begin);
        entries.map(|entry| (entry.session_id.to_string(), entry.until)).collect()
    }

    /// The numbers of the entries in the log.
    pub fn range(&self) -> Range<u64> {
        let log = self.log.read().unwrap_or_else(PoisonError::into_inner);
        log.first..log.end()
    }

    /// Changes with each entry.
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.log_end.subscribe()
    }

    /// Waits for entries after `after`, the timeout or shutdown. `None` when there are too many waiters.
    pub async fn wait(&self, after: u64, max_wait: Duration) -> Option<()> {
        let _waiter = Waiter::add(&self.waiters)?;
        let mut watermark = self.watermark.subscribe();
        _ = timeout(max_wait, watermark.wait_for(|watermark| watermark.is_closed || watermark.end > after)).await;
        Some(())
    }

    /// Releases all long polls: the server is shutting down.
    pub fn close(&self) {
        self.watermark.send_modify(|watermark| watermark.is_closed = true);
    }

    pub fn is_closed(&self) -> bool {
        self.watermark.borrow().is_closed
    }

    pub fn waiters(&self) -> usize {
        self.waiters.load(Ordering::Relaxed)
    }
}

/// Counts a long poll until it is dropped.
struct Waiter<'a>(&'a AtomicUsize);

impl<'a> Waiter<'a> {
    fn add(waiters: &'a AtomicUsize) -> Option<Self> {
        let waiter = Self(waiters);
        (waiters.fetch_add(1, Ordering::Relaxed) < MAX_WAITERS).then_some(waiter)
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
