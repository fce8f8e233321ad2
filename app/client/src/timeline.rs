//! A record of the client's decisions and their causes, shown by the inspector.

use std::{
    cell::{OnceCell, RefCell},
    collections::VecDeque,
    time::Duration,
};

use doorward_api::EndReason;
use leptos::prelude::{ArcTrigger, Notify, Track};

/// An entry of the timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct TimelineEntry {
    /// Time of the entry, in milliseconds since the Unix epoch by the device's clock: for display only.
    pub at: f64,
    /// The decision or event.
    pub decision: Decision,
}

/// A decision of the client, or an event that it reacts to. Requests are named by method and path.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// A request is sent with the present credential.
    Sent {
        /// Method and path.
        request: String,
    },
    /// A request is sent again with a new credential, because the server rejected the first one.
    Retried {
        /// Method and path.
        request: String,
    },
    /// A response is returned to the caller.
    Answered {
        /// Method and path.
        request: String,
        /// HTTP status; `None` if no response arrived.
        status: Option<u16>,
    },
    /// A response is discarded: it belongs to an earlier session of this tab.
    Discarded {
        /// Method and path.
        request: String,
    },
    /// A refresh starts.
    Refreshing,
    /// Another tab holds the lock for the same work.
    WaitingForTab,
    /// A refresh succeeded.
    Refreshed {
        /// Whether another tab did it.
        by_another_tab: bool,
    },
    /// A refresh failed. The session is kept.
    RefreshFailed {
        /// HTTP status of the response; `None` if none arrived, or if another tab received it.
        status: Option<u16>,
        /// Back-off until the next attempt.
        again_in: Duration,
    },
    /// Another user, or none, is logged in. Without a name, because the timeline outlives a logout.
    StatusChanged {
        /// Whether a user is logged in; `None` while that is unknown.
        is_logged_in: Option<bool>,
        /// Why the last session ended, if there was one.
        reason: Option<EndReason>,
    },
    /// The session expired and is not renewable; requests wait until the user logs in again.
    ReauthRequired,
    /// The server requires a recent proof of the user; the request waits until the application has asked for it.
    ConfirmationRequired,
    /// The page became visible, the machine woke up or the network returned, so everything due is checked.
    Resumed,
    /// A remark of the inspector: what its user did.
    Remark(&'static str),
}

/// Number of entries kept.
const CAPACITY: usize = 200;

/// The timeline. Records nothing before it is started.
#[derive(Default)]
pub(crate) struct Timeline(OnceCell<Entries>);

#[derive(Default)]
struct Entries {
    /// Newest first.
    entries: RefCell<VecDeque<TimelineEntry>>,
    changed: ArcTrigger,
}

impl Entries {
    /// Not inlined, because there are many callers.
    #[inline(never)]
    fn push(&self, entry: TimelineEntry) {
        {
            let mut entries = self.entries.borrow_mut();
            entries.truncate(CAPACITY - 1);
            entries.push_front(entry);
        }
        self.changed.notify();
    }
}

impl Timeline {
    /// Starts recording. `false` if it was started before.
    pub(crate) fn start(&self) -> bool {
        self.0.set(Entries::default()).is_ok()
    }

    /// Adds an entry, with the time of the wall clock. The decision is only built while the timeline records.
    pub(crate) fn record(&self, now: impl FnOnce() -> f64, decision: impl FnOnce() -> Decision) {
        if cfg!(feature = "inspector")
            && let Some(entries) = self.0.get()
        {
            entries.push(TimelineEntry { at: now(), decision: decision() });
        }
    }

    /// Reads the entries, newest first. In a reactive context, runs again when entries are added.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&VecDeque<TimelineEntry>) -> T) -> T {
        match self.0.get() {
            Some(timeline) => {
                timeline.changed.track();
                read(&timeline.entries.borrow())
            }
            None => read(&VecDeque::new()),
        }
    }

    pub(crate) fn clear(&self) {
        if let Some(timeline) = self.0.get() {
            timeline.entries.take();
        }
    }
}
