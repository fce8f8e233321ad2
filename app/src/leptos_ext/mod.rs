//! Extensions to Leptos: boxed children, attributes and effects, and views that are built in the browser only.
//!
//! Leptos generates code for each type of view and each closure. Boxing them keeps one copy of that code for the whole
//! program, which is why its WebAssembly fits the size budget.

mod children;
mod client_only;
mod erased;

use leptos::prelude::*;

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

/// A view, or none, that changes with the signals it reads: it is replaced as a whole.
pub(crate) type ReactiveView = Box<dyn Fn() -> Option<Erased> + Send>;

/// Boxes `view`.
pub(crate) fn reactive_view(view: impl Fn() -> Option<Erased> + Send + 'static) -> ReactiveView {
    Box::new(view)
}

/// A text between tags that changes with the signals it reads. Its element is replaced: a browser that has translated the page
/// has moved the text node, and a change of it would not be seen.
pub(crate) fn live_text<S: Into<String>>(text: impl Fn() -> S + Send + 'static) -> ReactiveView {
    let text = move || {
        let text = text().into();
        Some(erase(move || view! { <span>{text}</span> }))
    };
    Box::new(text)
}

/// A boxed [`Effect`].
pub(crate) fn effect(run: impl FnMut() + 'static) {
    let run: Box<dyn FnMut()> = Box::new(run);
    Effect::new(run);
}
