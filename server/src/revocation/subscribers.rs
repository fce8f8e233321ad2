//! Open tabs that wait to hear of the end of their session.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::oneshot;

use crate::model::{
    session::{EndedSession, SessionId},
    user::UserId,
};

/// So many tabs one person may have waiting: enough for anybody who reads them.
const MAX_SUBSCRIPTIONS: usize = 20;

/// Everybody who waits, by person.
#[derive(Clone, Default)]
pub struct Subscribers(Arc<Mutex<Waiting>>);

#[derive(Default)]
struct Waiting {
    tabs: HashMap<UserId, Vec<Tab>>,
    /// Counts up, to tell tabs of one session apart.
    next: u64,
    is_closed: bool,
}

struct Tab {
    number: u64,
    session_id: SessionId,
    tell: oneshot::Sender<EndedSession>,
}

/// A tab's place among those who wait; given up with the value.
pub struct Subscription {
    subscribers: Subscribers,
    user_id: UserId,
    number: u64,
    told: oneshot::Receiver<EndedSession>,
}

impl Subscribers {
    /// A place for one more tab; `None` when the person has too many.
    pub fn subscribe(&self, user_id: UserId, session_id: SessionId) -> Option<Subscription> {
        let (tell, told) = oneshot::channel();
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.next += 1;
        let number = waiting.next;
        // At a stop nobody waits any more: the place is left at once, because nobody will tell.
        if !waiting.is_closed {
            let tabs = waiting.tabs.entry(user_id.clone()).or_default();
            if tabs.len() >= MAX_SUBSCRIPTIONS {
                return None;
            }
            tabs.push(Tab { number, session_id, tell });
        }
        Some(Subscription { subscribers: self.clone(), user_id, number, told })
    }

    /// Tells the tabs of a session that it is over.
    pub fn tell(&self, ended: &EndedSession) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(tabs) = waiting.tabs.get_mut(&ended.user_id) else { return };
        for tab in tabs.extract_if(.., |tab| tab.session_id == ended.session_id) {
            // Whoever has just gone away need not know.
            drop(tab.tell.send(ended.clone()));
        }
        waiting.forget_if_empty(&ended.user_id);
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).tabs.values().map(Vec::len).sum()
    }

    /// Whether nobody does.
    pub fn is_empty(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).tabs.is_empty()
    }

    /// Sends everybody away without a word: the server stops.
    pub fn close(&self) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.is_closed = true;
        waiting.tabs.clear();
    }
}

impl Waiting {
    fn forget_if_empty(&mut self, user_id: &UserId) {
        if self.tabs.get(user_id).is_some_and(Vec::is_empty) {
            self.tabs.remove(user_id);
        }
    }
}

impl Subscription {
    /// Waits for the end of the session; `None` when the server stops first.
    pub async fn wait(&mut self) -> Option<EndedSession> {
        (&mut self.told).await.ok()
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut waiting = self.subscribers.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tabs) = waiting.tabs.get_mut(&self.user_id) {
            tabs.retain(|tab| tab.number != self.number);
        }
        waiting.forget_if_empty(&self.user_id);
    }
}
