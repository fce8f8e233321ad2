//! Extensions to Leptos: boxed children, attributes and effects, and views that are built in the browser only.
//!
//! Leptos generates code for each type of view and each closure. Boxing them keeps one copy of that code for the whole
//! program, which is why its WebAssembly fits the size budget.

mod children;
mod client_only;
mod element;
mod erased;
mod state;
mod views;

use leptos::prelude::*;

pub use children::{BoxedChildren, BoxedChildrenFn, ClientOnlyChildren};
pub use client_only::{ClientOnly, ClientOnlyState};
pub(crate) use element::{clicked_button, element, text_element};
pub use erased::Erased;
pub(crate) use erased::{client_only, erase};
pub(crate) use state::State;
pub use views::Views;

/// The value of a text or an attribute that changes with the signals it reads.
pub(crate) type ReactiveText = Box<dyn Fn() -> Option<String> + Send>;

/// Boxes `text`.
pub(crate) fn reactive_text<S: Into<String>>(text: impl Fn() -> Option<S> + Send + 'static) -> ReactiveText {
    Box::new(move || text().map(Into::into))
}

/// Views that change with the signals they read. Boxed, so that the code that updates them exists once.
pub(crate) type ReactiveViews = Box<dyn Fn() -> Views + Send>;

/// A view, or none, that changes with the signals it reads.
pub(crate) fn reactive_view(view: impl Fn() -> Option<Erased> + Send + 'static) -> ReactiveViews {
    Box::new(move || view().into())
}

/// Client-only views that change with the signals they read: an `Option` for a conditional view, or a list.
pub(crate) fn client_only_views<V: IntoIterator<Item = ClientOnly>>(
    views: impl Fn() -> V + Send + 'static,
) -> ReactiveViews {
    Box::new(move || views().into_iter().map(client_only).into())
}

/// A text between tags that changes with the signals it reads. Its element is replaced: a browser that has translated the page
/// has moved the text node, and a change of it would not be seen.
pub(crate) fn live_text<S: Into<String>>(text: impl Fn() -> S + Send + 'static) -> ReactiveViews {
    Box::new(move || Views::of_text(text().into(), |text| view! { <span>{text}</span> }))
}

/// A boxed [`Effect`].
pub(crate) fn effect(run: impl FnMut() + 'static) {
    let run: Box<dyn FnMut()> = Box::new(run);
    Effect::new(run);
}
