//! A call that somebody waits for.

use std::{cell::RefCell, rc::Rc};

use futures::future::AbortHandle;

use crate::Error;

/// A call that somebody waits for.
pub(super) struct Call<T> {
    pub(super) outcome: Rc<RefCell<Option<Result<T, Error>>>>,
    pub(super) abort: AbortHandle,
}

impl<T> Call<T> {
    pub(super) fn is_waiting(&self) -> bool {
        self.outcome.borrow().is_none()
    }

    /// The caller goes away.
    pub(super) fn drop_it(self) {
        self.abort.abort();
    }

    pub(super) fn outcome(self) -> Result<T, Error> {
        self.outcome.take().expect("the call has come back")
    }

    pub(super) fn succeeded(self) -> T {
        self.outcome().expect("the call succeeds")
    }

    pub(super) fn failed(self) -> Error {
        self.outcome().err().expect("the call fails")
    }
}
