//! A call in flight.

use std::{cell::RefCell, rc::Rc};

use futures::future::AbortHandle;

use crate::Error;

/// A call in flight, or its result.
pub(in crate::tests) struct Call<T> {
    pub(super) result: Rc<RefCell<Option<Result<T, Error>>>>,
    pub(super) abort: AbortHandle,
}

impl<T> Call<T> {
    pub(in crate::tests) fn is_waiting(&self) -> bool {
        self.result.borrow().is_none()
    }

    /// Drops the caller's future.
    pub(in crate::tests) fn cancel(self) {
        self.abort.abort();
    }

    pub(in crate::tests) fn result(self) -> Result<T, Error> {
        self.result.take().expect("the call has finished")
    }

    pub(in crate::tests) fn succeeded(self) -> T {
        self.result().expect("the call succeeds")
    }

    pub(in crate::tests) fn failed(self) -> Error {
        self.result().err().expect("the call fails")
    }
}
