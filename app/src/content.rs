//! What is inside a component: Leptos's `Children` and `ChildrenFn`, but smaller in the browser.

use std::sync::Arc;

use leptos::{children::ToChildren, prelude::*};

use crate::{in_one_go::InOneGo, private::Private};

/// Shown once.
pub struct Content(Box<dyn FnOnce() -> AnyView + Send>);

impl Content {
    /// The view.
    pub fn view(self) -> AnyView {
        (self.0)()
    }
}

impl<F, V> ToChildren<F> for Content
where
    F: FnOnce() -> V + Send + 'static,
    V: IntoView + 'static,
{
    fn to_children(children: F) -> Self {
        Self(Box::new(|| InOneGo(children().into_view()).into_any()))
    }
}

/// Shown as often as need be.
#[derive(Clone)]
pub struct ContentFn(Arc<dyn Fn() -> AnyView + Send + Sync>);

impl ContentFn {
    /// The view, anew.
    pub fn view(&self) -> AnyView {
        (self.0)()
    }

    /// The same for components that take Leptos's own type.
    pub fn into_fn(self) -> ChildrenFn {
        self.0
    }
}

impl<F, V> From<F> for ContentFn
where
    F: Fn() -> V + Send + Sync + 'static,
    V: IntoView + 'static,
{
    fn from(view: F) -> Self {
        Self(Arc::new(move || InOneGo(view().into_view()).into_any()))
    }
}

impl<F> ToChildren<F> for ContentFn
where
    Self: From<F>,
{
    fn to_children(children: F) -> Self {
        children.into()
    }
}

/// Shown as often as need be, and never by the server.
#[derive(Clone)]
pub struct PrivateContent(ContentFn);

impl<F, V> ToChildren<F> for PrivateContent
where
    F: Fn() -> V + Send + Sync + 'static,
    V: IntoView + 'static,
{
    fn to_children(children: F) -> Self {
        let children = Arc::new(children);
        Self(ContentFn(Arc::new(move || {
            let children = Arc::clone(&children);
            Private::new(move || children()).into_any()
        })))
    }
}

impl From<PrivateContent> for ContentFn {
    fn from(PrivateContent(content): PrivateContent) -> Self {
        content
    }
}

/// An attribute's value, or a sentence, that changes with what it reads.
pub(crate) type Changing = Box<dyn Fn() -> Option<String> + Send>;

/// Boxed, so that the code that keeps an attribute up to date is there once and not for each closure.
pub(crate) fn changing<S: Into<String>>(text: impl Fn() -> Option<S> + Send + 'static) -> Changing {
    Box::new(move || text().map(Into::into))
}

/// Runs in the browser, now and whenever what it reads has changed. Boxed, as above.
pub(crate) fn effect(run: impl FnMut() + 'static) {
    let run: Box<dyn FnMut()> = Box::new(run);
    Effect::new(run);
}
