//! Extensions to Leptos: boxed children, attributes and effects, and views that are built in the browser only.
//!
//! Leptos generates code for each type of view and each closure. Boxing them keeps one copy of that code for the whole
//! program, which is why its WebAssembly fits the size budget.

mod children;
mod client_only;
mod erased;

use leptos::prelude::Effect;

pub use children::{BoxedChildren, BoxedChildrenFn, ClientOnlyChildren};
pub(crate) use client_only::client_only_views;
pub use client_only::{ClientOnly, ClientOnlyState};
pub use erased::Erased;
pub(crate) use erased::{client_only, erase};

/// The value of a text or an attribute that changes with the signals it reads.
pub(crate) type ReactiveText = Box<dyn Fn() -> Option<String> + Send>;

/// Boxes `text`.
pub(crate) fn reactive_text<S: Into<String>>(text: impl Fn() -> Option<S> + Send + 'static) -> ReactiveText {
    Box::new(move || text().map(Into::into))
}

/// A boxed [`Effect`].
pub(crate) fn effect(run: impl FnMut() + 'static) {
    let run: Box<dyn FnMut()> = Box::new(run);
    Effect::new(run);
}
