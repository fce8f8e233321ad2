//! Elements without a view, for the rows of long lists: Leptos generates code for each type of view, and these are of one
//! type. One listener on the list handles the clicks on all its rows.

use leptos::{
    ev::MouseEvent,
    tachys::renderer::{Rndr, types::Element},
    wasm_bindgen::JsCast,
    web_sys,
};

/// An element with attributes and children.
pub(crate) fn element(tag: &str, attributes: &[(&str, &str)], children: &[Element]) -> Element {
    let element = Rndr::create_element(tag, None);
    for (name, value) in attributes {
        Rndr::set_attribute(&element, name, value);
    }
    for child in children {
        Rndr::insert_node(&element, child, None);
    }
    element
}

/// An element with attributes and a text.
pub(crate) fn text_element(tag: &str, attributes: &[(&str, &str)], text: &str) -> Element {
    let element = element(tag, attributes, &[]);
    element.set_text_content(Some(text));
    element
}

/// The `value` of the button on which the user clicked, and the id of its list item, if there is one.
pub(crate) fn clicked_button(event: &MouseEvent) -> Option<(String, String)> {
    let target: web_sys::Element = event.target()?.dyn_into().ok()?;
    let button = target.closest("button").ok()??;
    let item = button.closest("li").ok()?;
    Some((button.get_attribute("value")?, item.map(|item| item.id()).unwrap_or_default()))
}
