//! The ended sessions of the [revocation set](super::set), by their id and by second.

use std::{
    collections::{HashMap, hash_map::Entry},
    time::Duration,
};

use crate::{
    clock::Moment,
    model::{
        session::SessionId,
        session_end::{EndedSession, SessionEnd},
    },
};

pub(super) struct Revocation {
    pub end: SessionEnd,
    pub rotated_to: Option<SessionId>,
    /// The uptime at which this process received the end. Not the time of day: if the clock were set back, an expired
    /// token would become valid again.
    pub received_at: Duration,
}

#[derive(Default)]
pub(super) struct EndedSessions {
    pub ended: HashMap<SessionId, Revocation>,
    /// The number of ends in each second.
    pub by_second: HashMap<i64, i64>,
}

impl EndedSessions {
    /// Whether the session was not in the set.
    pub fn insert(&mut self, ended: &EndedSession, received_at: Duration) -> bool {
        let Entry::Vacant(vacant) = self.ended.entry(ended.session_id.clone()) else { return false };
        vacant.insert(Revocation { end: ended.end.clone(), rotated_to: ended.rotated_to.clone(), received_at });
        if let Some(at) = ended.end.at {
            *self.by_second.entry(at.seconds()).or_default() += 1;
        }
        true
    }

    /// Removes the sessions that this process received long ago and that ended before `before`.
    pub fn prune(&mut self, is_old: impl Fn(Duration) -> bool, before: Moment) {
        let by_second = &mut self.by_second;
        self.ended.retain(|_, revocation| {
            let is_old = is_old(revocation.received_at) && revocation.end.at.is_none_or(|at| at < before);
            if let (true, Some(at)) = (is_old, revocation.end.at)
                && let Entry::Occupied(mut number) = by_second.entry(at.seconds())
            {
                *number.get_mut() -= 1;
                if *number.get() == 0 {
                    number.remove();
                }
            }
            !is_old
        });
    }
}
