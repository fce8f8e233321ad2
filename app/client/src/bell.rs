//! Wakes whoever waits for something to happen.

use std::cell::RefCell;

use futures::channel::oneshot;

/// Rings for all who wait at that moment, and is silent again.
#[derive(Default)]
pub(super) struct Bell(RefCell<Vec<oneshot::Sender<()>>>);

impl Bell {
    pub(super) fn ring(&self) {
        for waiting in self.0.take() {
            _ = waiting.send(());
        }
    }

    /// Ends when the bell rings next, counted from this call and not from the first poll.
    pub(super) fn rings(&self) -> impl Future<Output = ()> + Unpin + use<> {
        let (tell, told) = oneshot::channel();
        let mut waiting = self.0.borrow_mut();
        waiting.retain(|waiting| !waiting.is_canceled());
        waiting.push(tell);
        futures::FutureExt::map(told, drop)
    }
}
