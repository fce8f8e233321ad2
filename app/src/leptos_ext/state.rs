//! A signal for values that are read as a whole. Leptos generates code for signals of each type; here it generates less.

use leptos::prelude::*;

/// A value, and the number of its changes.
pub(crate) struct State<T: Send + Sync + 'static> {
    changes: RwSignal<usize>,
    value: StoredValue<T>,
}

impl<T: Send + Sync + 'static> Clone for State<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for State<T> {}

impl<T: Clone + Send + Sync + 'static> State<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { changes: RwSignal::new(0), value: StoredValue::new(value) }
    }

    /// The value. In a reactive context, runs again when it changes.
    pub(crate) fn get(self) -> T {
        self.changes.track();
        self.value.get_value()
    }

    /// The value, in event handlers.
    pub(crate) fn get_untracked(self) -> T {
        self.value.get_value()
    }

    /// Without effect once its owner is gone.
    pub(crate) fn set(self, value: T) {
        if self.value.try_set_value(value).is_none() {
            self.changes.try_update(|changes| *changes += 1);
        }
    }
}
