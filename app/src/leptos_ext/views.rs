//! Views that change with the signals they read: they are replaced as a whole.
//!
//! Their place in the document is marked by an element. Leptos marks places with comments, which extensions remove.

use leptos::{
    prelude::*,
    tachys::{
        html::attribute::any_attribute::AnyAttribute,
        hydration::Cursor,
        no_attrs,
        renderer::{
            Rndr,
            types::{Element, Node},
        },
        view::{Position, PositionState},
    },
};

use super::{Erased, erase};

/// Any number of type-erased views.
pub struct Views {
    views: Vec<Erased>,
    /// The text of which the views are made: while it stays the same, they stay.
    text: Option<String>,
}

/// Mounted [`Views`], and the element after them.
pub struct ViewsState {
    text: Option<String>,
    views: Vec<<Erased as Render>::State>,
    marker: Element,
}

impl<V: IntoIterator<Item = Erased>> From<V> for Views {
    fn from(views: V) -> Self {
        Self { views: views.into_iter().collect(), text: None }
    }
}

impl Views {
    pub(crate) fn none() -> Self {
        Self { views: Vec::new(), text: None }
    }

    /// A view that is made of a text alone. A live region is announced only when the text changes.
    pub(crate) fn of_text<V: IntoView + 'static>(
        text: String,
        view: impl FnOnce(String) -> V + Send + 'static,
    ) -> Self {
        let shown = text.clone();
        Self { views: vec![erase(move || view(shown))], text: Some(text) }
    }
}

impl Render for Views {
    type State = ViewsState;

    fn build(self) -> ViewsState {
        let views = self.views.into_iter().map(Render::build).collect();
        ViewsState { text: self.text, views, marker: Rndr::create_element("template", None) }
    }

    fn rebuild(self, state: &mut ViewsState) {
        if self.text.is_some() && self.text == state.text {
            return;
        }
        state.text = self.text;
        state.views.iter_mut().for_each(Mountable::unmount);
        state.views = self.views.into_iter().map(Render::build).collect();
        for view in &mut state.views {
            Rndr::try_mount_before(view, &state.marker);
        }
    }
}

impl Mountable for ViewsState {
    fn unmount(&mut self) {
        self.views.iter_mut().for_each(Mountable::unmount);
        Rndr::remove(&self.marker);
    }

    fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
        self.views.iter_mut().for_each(|view| view.mount(parent, marker));
        Rndr::insert_node(parent, &self.marker, marker);
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        self.views.first().is_some_and(|view| view.insert_before_this(child))
            || self.marker.parent_element().is_some_and(|parent| {
                child.mount(&parent, Some(&self.marker));
                true
            })
    }

    fn elements(&self) -> Vec<Element> {
        self.views.iter().flat_map(Mountable::elements).collect()
    }
}

impl RenderHtml for Views {
    type AsyncOutput = Self;
    type Owned = Self;

    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {
        self.views.iter_mut().for_each(RenderHtml::dry_resolve);
    }

    async fn resolve(self) -> Self {
        self
    }

    fn to_html_with_buf(
        self,
        buffer: &mut String,
        position: &mut Position,
        escape: bool,
        mark_branches: bool,
        attributes: Vec<AnyAttribute>,
    ) {
        for view in self.views {
            view.to_html_with_buf(buffer, position, escape, mark_branches, attributes.clone());
        }
    }

    fn hydrate<const FROM_SERVER: bool>(self, _: &Cursor, _: &PositionState) -> ViewsState {
        self.build()
    }

    fn into_owned(self) -> Self {
        self
    }
}

no_attrs!(Views);
