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

use super::Erased;

/// Any number of type-erased views.
pub struct Views(Vec<Erased>);

/// Mounted [`Views`], and the element after them.
pub struct ViewsState {
    views: Vec<<Erased as Render>::State>,
    marker: Element,
}

impl<V: IntoIterator<Item = Erased>> From<V> for Views {
    fn from(views: V) -> Self {
        Self(views.into_iter().collect())
    }
}

impl Render for Views {
    type State = ViewsState;

    fn build(self) -> ViewsState {
        ViewsState {
            views: self.0.into_iter().map(Render::build).collect(),
            marker: Rndr::create_element("template", None),
        }
    }

    fn rebuild(self, state: &mut ViewsState) {
        state.views.iter_mut().for_each(Mountable::unmount);
        state.views = self.0.into_iter().map(Render::build).collect();
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
        self.0.iter_mut().for_each(RenderHtml::dry_resolve);
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
        for view in self.0 {
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
