//! Subscriptions of browser tabs to the end of their session.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::oneshot;

use crate::model::{session::SessionId, session_end::EndedSession, user::UserId};

/// Maximum concurrent subscriptions per user.
const MAX_PER_USER: usize = 20;

#[derive(Clone)]
pub struct Subscribers(Arc<Mutex<Inner>>);

/// Why there is no subscription.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SubscribeError {
    /// The user has too many.
    User,
    /// There are too many altogether.
    Total,
}

struct Inner {
    /// Maximum concurrent subscriptions.
    capacity: usize,
    /// Subscriptions that have not been dropped.
    count: usize,
    by_user: HashMap<UserId, Vec<Subscriber>>,
    last_id: u64,
    is_closed: bool,
}

struct Subscriber {
    id: u64,
    session_id: SessionId,
    sender: oneshot::Sender<EndedSession>,
}

/// Unsubscribes when it is dropped.
pub struct Subscription {
    subscribers: Subscribers,
    user_id: UserId,
    id: u64,
    receiver: oneshot::Receiver<EndedSession>,
}

impl Subscribers {
    pub fn new(capacity: usize) -> Self {
        let inner = Inner { capacity, count: 0, by_user: HashMap::new(), last_id: 0, is_closed: false };
        Self(Arc::new(Mutex::new(inner)))
    }

    /// When the user has too many subscriptions, and another session has more of them than this one, the oldest of that
    /// session ends instead: a thief's session cannot take all places.
    pub fn subscribe(&self, user_id: UserId, session_id: SessionId) -> Result<Subscription, SubscribeError> {
        let (sender, receiver) = oneshot::channel();
        let mut inner = self.lock();
        if inner.count >= inner.capacity {
            return Err(SubscribeError::Total);
        }
        inner.last_id += 1;
        let id = inner.last_id;
        // During shutdown the sender is dropped instead, which ends the subscription at once.
        if !inner.is_closed {
            let subscribers = inner.by_user.entry(user_id.clone()).or_default();
            if subscribers.len() >= MAX_PER_USER {
                let oldest = session_with_most(subscribers, &session_id)
                    .and_then(|most| subscribers.iter().position(|subscriber| subscriber.session_id == most));
                subscribers.remove(oldest.ok_or(SubscribeError::User)?);
            }
            subscribers.push(Subscriber { id, session_id, sender });
        }
        inner.count += 1;
        Ok(Subscription { subscribers: self.clone(), user_id, id, receiver })
    }

    /// Notifies the subscribers of a session of its end. If it was rotated, their streams end without a notification: the
    /// tabs subscribe again, with their new credentials.
    pub fn notify(&self, ended: &EndedSession) {
        let mut inner = self.lock();
        let Some(subscribers) = inner.by_user.get_mut(&ended.user_id) else { return };
        for subscriber in subscribers.extract_if(.., |subscriber| subscriber.session_id == ended.session_id) {
            if ended.rotated_to.is_none() {
                // Fails only if the tab has just disconnected.
                drop(subscriber.sender.send(ended.clone()));
            }
        }
        inner.remove_if_empty(&ended.user_id);
    }

    pub fn len(&self) -> usize {
        self.lock().by_user.values().map(Vec::len).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.lock().by_user.is_empty()
    }

    /// Ends all subscriptions without a notification: the server is shutting down.
    pub fn close(&self) {
        let mut inner = self.lock();
        inner.is_closed = true;
        inner.by_user.clear();
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn remove_if_empty(&mut self, user_id: &UserId) {
        if self.by_user.get(user_id).is_some_and(Vec::is_empty) {
            self.by_user.remove(user_id);
        }
    }
}

/// The session with the most subscriptions, if it has more than `session_id` would have with one more.
fn session_with_most(subscribers: &[Subscriber], session_id: &SessionId) -> Option<SessionId> {
    let count = |id: &SessionId| subscribers.iter().filter(|subscriber| subscriber.session_id == *id).count();
    let most = subscribers.iter().map(|subscriber| &subscriber.session_id).max_by_key(|id| count(id))?;
    (count(most) > count(session_id) + 1).then(|| most.clone())
}

impl Subscription {
    /// Waits for the end of the session; `None` when the server shuts down first, or the session is rotated.
    pub async fn wait(&mut self) -> Option<EndedSession> {
        (&mut self.receiver).await.ok()
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut inner = self.subscribers.lock();
        inner.count -= 1;
        if let Some(subscribers) = inner.by_user.get_mut(&self.user_id) {
            subscribers.retain(|subscriber| subscriber.id != self.id);
        }
        inner.remove_if_empty(&self.user_id);
    }
}
