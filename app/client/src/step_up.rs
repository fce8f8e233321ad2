//! Step-up authentication (RFC 9470): requests that require a recent proof of the user wait while the application asks for it.

use std::{cell::Cell, rc::Rc};

use leptos::prelude::{ArcRwSignal, GetUntracked, Set};

use crate::{
    Error,
    current_session::{AuthenticatedAt, CurrentSession},
    platform::Platform,
    state::Epoch,
    timeline::Decision,
};

/// The requests of this tab that wait for a confirmation. However many they are, the user is asked once.
pub(crate) struct StepUp<P> {
    session: Rc<CurrentSession<P>>,
    /// Whether the application has read the signal: otherwise it would not ask, and requests would wait forever.
    is_watched: Cell<bool>,
    waiting: Cell<usize>,
    cancellations: Cell<usize>,
    is_requested: ArcRwSignal<bool>,
}

impl<P: Platform> StepUp<P> {
    pub(crate) fn new(session: Rc<CurrentSession<P>>) -> Self {
        let is_requested = ArcRwSignal::new(false);
        Self {
            session,
            is_watched: Cell::default(),
            waiting: Cell::default(),
            cancellations: Cell::default(),
            is_requested,
        }
    }

    /// Whether requests wait, for an application that then asks its user.
    pub(crate) fn watch(&self) -> ArcRwSignal<bool> {
        self.is_watched.set(true);
        self.is_requested.clone()
    }

    /// Whether requests wait.
    pub(crate) fn is_requested(&self) -> bool {
        self.waiting.get() > 0
    }

    /// Waits until the user has proved who they are after `rejected`: in this tab or another one, or by a new login. `false`
    /// if the user cancels, or if the application does not ask.
    pub(crate) async fn confirmed(&self, epoch: Epoch, rejected: &AuthenticatedAt) -> Result<bool, Error> {
        let cancellations = self.cancellations.get();
        let mut waiting = None;
        loop {
            self.session.ensure_continues(epoch)?;
            if self.session.authenticated_at() != *rejected {
                return Ok(true);
            }
            if !self.is_watched.get() || self.cancellations.get() != cancellations {
                return Ok(false);
            }
            let updated = self.session.updated.notified();
            waiting.get_or_insert_with(|| self.wait());
            updated.await;
        }
    }

    /// The user declines: the waiting requests fail.
    pub(crate) fn cancel(&self) {
        self.cancellations.set(self.cancellations.get().wrapping_add(1));
        self.session.updated.notify();
    }

    fn wait(&self) -> Waiting<'_, P> {
        self.session.record(|| Decision::ConfirmationRequired);
        self.change(self.waiting.get() + 1);
        Waiting(self)
    }

    fn change(&self, waiting: usize) {
        self.waiting.set(waiting);
        if self.is_requested.get_untracked() != (waiting > 0) {
            self.is_requested.set(waiting > 0);
        }
    }
}

/// A waiting request; one whose caller has dropped it does not wait.
struct Waiting<'a, P: Platform>(&'a StepUp<P>);

impl<P: Platform> Drop for Waiting<'_, P> {
    fn drop(&mut self) {
        self.0.change(self.0.waiting.get() - 1);
    }
}
