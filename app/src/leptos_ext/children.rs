//! Leptos's `Children` and `ChildrenFn` for boxed views, and children that are never rendered on the server.

use std::sync::Arc;

use leptos::{children::ToChildren, prelude::*};

use super::{ClientOnly, Erased, client_only, erase};

/// Children that are rendered once.
pub struct BoxedChildren(Box<dyn FnOnce() -> Erased + Send>);

impl BoxedChildren {
    /// Renders the children.
    pub fn view(self) -> Erased {
        (self.0)()
    }
}

impl<F, V> ToChildren<F> for BoxedChildren
where
    F: FnOnce() -> V + Send + 'static,
    V: IntoView + 'static,
{
    fn to_children(children: F) -> Self {
        Self(Box::new(|| erase(children)))
    }
}

/// Children that can be rendered any number of times.
#[derive(Clone)]
pub struct BoxedChildrenFn(Arc<dyn Fn() -> Erased + Send + Sync>);

impl BoxedChildrenFn {
    /// Renders the children.
    pub fn view(&self) -> Erased {
        (self.0)()
    }

    /// Converts into the type that Leptos's own components take.
    pub fn into_fn(self) -> ChildrenFn {
        Arc::new(move || self.view().into_any())
    }
}

impl<F, V> From<F> for BoxedChildrenFn
where
    F: Fn() -> V + Send + Sync + 'static,
    V: IntoView + 'static,
{
    fn from(view: F) -> Self {
        let view = Arc::new(view);
        Self(Arc::new(move || {
            let view = Arc::clone(&view);
            erase(move || view())
        }))
    }
}

impl<F> ToChildren<F> for BoxedChildrenFn
where
    Self: From<F>,
{
    fn to_children(children: F) -> Self {
        children.into()
    }
}

/// Children that can be rendered any number of times, in the browser only.
#[derive(Clone)]
pub struct ClientOnlyChildren(BoxedChildrenFn);

impl<F, V> ToChildren<F> for ClientOnlyChildren
where
    F: Fn() -> V + Send + Sync + 'static,
    V: IntoView + 'static,
{
    fn to_children(children: F) -> Self {
        let children = Arc::new(children);
        Self(BoxedChildrenFn(Arc::new(move || {
            let children = Arc::clone(&children);
            client_only(ClientOnly::new(move || children()))
        })))
    }
}

impl From<ClientOnlyChildren> for BoxedChildrenFn {
    fn from(ClientOnlyChildren(children): ClientOnlyChildren) -> Self {
        children
    }
}
