//! A view that only the browser ever makes, because the server does not know what it shows.
//!
//! Leptos writes code for each type of view that hydrates it, and code that replaces it by another of its type. What is
//! private needs neither: it appears when somebody is known to be logged in, and goes with them.

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

/// A view, of which nothing is known but how to make it.
pub(crate) struct Private(Box<dyn FnOnce() -> Made + Send>);

/// A view that is made.
pub(crate) struct Made(Box<dyn Mountable>);

impl Private {
    /// The view that `view` is going to return.
    pub(crate) fn new<V: IntoView + 'static>(view: impl FnOnce() -> V + Send + 'static) -> Self {
        Self(Box::new(|| Made(Box::new(view().into_view().build()))))
    }
}

/// Private views that change with what they are made from. Boxed, so that the code that keeps them up to date is there
/// once, whether they are a list or come and go.
pub(crate) fn changing<V: IntoIterator<Item = Private>>(
    views: impl Fn() -> V + Send + 'static,
) -> Box<dyn Fn() -> Vec<Private> + Send> {
    Box::new(move || views().into_iter().collect())
}

impl Render for Private {
    type State = Made;

    fn build(self) -> Made {
        (self.0)()
    }

    fn rebuild(self, old: &mut Made) {
        let mut new = self.build();
        old.insert_before_this(&mut new);
        old.unmount();
        *old = new;
    }
}

impl Mountable for Made {
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

impl RenderHtml for Private {
    type AsyncOutput = Self;
    type Owned = Self;

    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self {
        self
    }

    fn to_html_with_buf(self, _: &mut String, _: &mut Position, _: bool, _: bool, _: Vec<AnyAttribute>) {}

    fn hydrate<const FROM_SERVER: bool>(self, _: &Cursor, _: &PositionState) -> Made {
        self.build()
    }

    fn into_owned(self) -> Self {
        self
    }
}

no_attrs!(Private);
