//! Wakes waiting tasks, like tokio's `Notify`.

use std::cell::RefCell;

use futures::{FutureExt, channel::oneshot};

/// Wakes all tasks that wait at the moment of a notification. Nothing is stored for later ones.
#[derive(Default)]
pub(crate) struct Notify(RefCell<Vec<oneshot::Sender<()>>>);

impl Notify {
    pub(crate) fn notify(&self) {
        for waiting in self.0.take() {
            _ = waiting.send(());
        }
    }

    /// Resolves at the next notification after this call, whether or not the future has been polled by then.
    pub(crate) fn notified(&self) -> impl Future<Output = ()> + Unpin + use<> {
        let (sender, receiver) = oneshot::channel();
        let mut waiting = self.0.borrow_mut();
        waiting.retain(|waiting| !waiting.is_canceled());
        waiting.push(sender);
        receiver.map(drop)
    }
}
