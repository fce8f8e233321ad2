//! Views that are rendered in the browser only, because their data is not available on the server.
//!
//! For each type of view, Leptos generates code that updates it in place. Client-only views need none: they are built after
//! login and removed at logout.

use leptos::{
    prelude::*,
    tachys::{
        html::attribute::any_attribute::AnyAttribute,
        hydration::Cursor,
        no_attrs,
        renderer::types::{Element, Node},
        view::{Position, PositionState},
    },
};

/// A type-erased view, built in the browser.
pub struct ClientOnly(Box<dyn FnOnce() -> ClientOnlyState + Send>);

/// A mounted [`ClientOnly`] view.
pub struct ClientOnlyState(Box<dyn Mountable>);

impl ClientOnly {
    /// Wraps `view`, which runs when the view is built.
    pub(crate) fn new<V: IntoView + 'static>(view: impl FnOnce() -> V + Send + 'static) -> Self {
        Self(Box::new(|| ClientOnlyState(Box::new(view().into_view().build()))))
    }

    /// Wraps an element, which `build` builds.
    pub(crate) fn of_element(build: impl FnOnce() -> Element + Send + 'static) -> Self {
        Self(Box::new(|| ClientOnlyState(Box::new(build()))))
    }
}

impl Render for ClientOnly {
    type State = ClientOnlyState;

    fn build(self) -> ClientOnlyState {
        (self.0)()
    }

    fn rebuild(self, old: &mut ClientOnlyState) {
        let mut new = self.build();
        old.insert_before_this(&mut new);
        old.unmount();
        *old = new;
    }
}

impl Mountable for ClientOnlyState {
    fn unmount(&mut self) {
        self.0.unmount();
    }

    fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
        self.0.mount(parent, marker);
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        self.0.insert_before_this(child)
    }

    fn elements(&self) -> Vec<Element> {
        self.0.elements()
    }
}

impl RenderHtml for ClientOnly {
    type AsyncOutput = Self;
    type Owned = Self;

    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self {
        self
    }

    fn to_html_with_buf(self, _: &mut String, _: &mut Position, _: bool, _: bool, _: Vec<AnyAttribute>) {}

    fn hydrate<const FROM_SERVER: bool>(self, _: &Cursor, _: &PositionState) -> ClientOnlyState {
        self.build()
    }

    fn into_owned(self) -> Self {
        self
    }
}

no_attrs!(ClientOnly);
