//! Leptos's `Children` and `ChildrenFn` without the code for asynchronous hydration, and children that are never rendered on
//! the server.

use std::sync::Arc;

use leptos::{children::ToChildren, prelude::*};

use super::{ClientOnly, SyncHydration};

/// Children that are rendered once.
pub struct BoxedChildren(Box<dyn FnOnce() -> AnyView + Send>);

impl BoxedChildren {
    /// Renders the children.
    pub fn view(self) -> AnyView {
        (self.0)()
    }
}

impl<F, V> ToChildren<F> for BoxedChildren
where
    F: FnOnce() -> V + Send + 'static,
    V: IntoView + 'static,
{
    fn to_children(children: F) -> Self {
        Self(Box::new(|| SyncHydration(children().into_view()).into_any()))
    }
}

/// Children that can be rendered any number of times.
#[derive(Clone)]
pub struct BoxedChildrenFn(Arc<dyn Fn() -> AnyView + Send + Sync>);

impl BoxedChildrenFn {
    /// Renders the children.
    pub fn view(&self) -> AnyView {
        (self.0)()
    }

    /// Converts into the type that Leptos's own components take.
    pub fn into_fn(self) -> ChildrenFn {
        self.0
    }
}

impl<F, V> From<F> for BoxedChildrenFn
where
    F: Fn() -> V + Send + Sync + 'static,
    V: IntoView + 'static,
{
    fn from(view: F) -> Self {
        Self(Arc::new(move || SyncHydration(view().into_view()).into_any()))
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
            ClientOnly::new(move || children()).into_any()
        })))
    }
}

impl From<ClientOnlyChildren> for BoxedChildrenFn {
    fn from(ClientOnlyChildren(children): ClientOnlyChildren) -> Self {
        children
    }
}
