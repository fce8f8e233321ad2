//! What the client decided and why, for those who want to watch: the inspector.

use std::{cell::RefCell, collections::VecDeque, time::Duration};

use leptos::prelude::{ArcTrigger, Notify, Track};

use super::{core::Core, platform::Platform};
use doorward_api::EndReason;

/// Something that the client decided or came to know.
#[derive(Clone, Debug, PartialEq)]
pub struct TimelineEntry {
    /// When, in milliseconds of the Unix epoch by the device's clock: for display only.
    pub at: f64,
    /// What.
    pub decision: Decision,
}

/// What the client decided or came to know. A request is named by its method and its path.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// The request goes out with the token that is there.
    Sent {
        /// Which.
        request: String,
    },
    /// The request goes out once more, with a newer token than the one that was refused.
    Retried {
        /// Which.
        request: String,
    },
    /// The answer goes to the caller.
    Answered {
        /// Of which.
        request: String,
        /// Its HTTP status; `None` if there was no answer.
        status: Option<u16>,
    },
    /// The answer belonged to a session that is no longer the one of this tab.
    Discarded {
        /// Of which.
        request: String,
    },
    /// A newer token is asked for.
    Refreshing,
    /// Another tab does what this one was about to do.
    WaitingForTab,
    /// There is a newer token.
    Refreshed {
        /// Whether another tab asked for it.
        elsewhere: bool,
    },
    /// The session is kept although the refresh failed: that says nothing about the session.
    RefreshFailed {
        /// What was answered instead of a grant; `None` if there was no answer, or if another tab got it.
        status: Option<u16>,
        /// How long until the next attempt.
        again_in: Duration,
    },
    /// Somebody else is, or nobody is logged in any more. Who it is is not kept: a timeline outlives a logout.
    StatusChanged {
        /// Whether somebody is; `None` while that is not known.
        is_logged_in: Option<bool>,
        /// Why the last session ended, where there was one.
        reason: Option<EndReason>,
    },
    /// The session has come to its end and nothing renews it: requests wait until the person has logged in again.
    ReauthRequired,
    /// The page is seen again, after it was hidden, after the machine slept, or because the network is back.
    Resumed,
    /// No decision, but the reason for some: what whoever watches has done.
    Remark(&'static str),
}

/// How many entries are kept.
const LONGEST: usize = 200;

/// What was decided since somebody began to watch, newest first.
#[derive(Default)]
pub(super) struct Timeline {
    entries: RefCell<VecDeque<TimelineEntry>>,
    changed: ArcTrigger,
}

impl Timeline {
    /// Reads it, now and, in a reactive place, whenever there is more.
    pub(super) fn read<T>(&self, read: impl FnOnce(&VecDeque<TimelineEntry>) -> T) -> T {
        self.changed.track();
        read(&self.entries.borrow())
    }

    pub(super) fn clear(&self) {
        self.entries.take();
    }

    fn push(&self, entry: TimelineEntry) {
        {
            let mut entries = self.entries.borrow_mut();
            entries.truncate(LONGEST - 1);
            entries.push_front(entry);
        }
        self.changed.notify();
    }
}

impl<P: Platform> Core<P> {
    /// Adds to the timeline; where nobody watches, nothing is put together.
    pub(super) fn note(&self, decision: impl FnOnce() -> Decision) {
        if let Some(timeline) = self.timeline.get() {
            timeline.push(TimelineEntry { at: self.now().wall, decision: decision() });
        }
    }
}
