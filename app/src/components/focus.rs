//! Focus management when the focused element is removed and when a dialog opens.

use leptos::{
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::{HtmlDialogElement, HtmlElement},
};

/// Focuses the element with this id in the next frame, after the DOM is updated. Falls back to the page's heading.
pub fn focus_on(id: String) {
    request_animation_frame(move || {
        let element = document().get_element_by_id(&id);
        let target = element.or_else(|| document().query_selector("h1").ok().flatten());
        if let Some(target) = target.and_then(|target| target.dyn_into::<HtmlElement>().ok()) {
            _ = target.focus();
        }
    });
}

/// Opens the dialog with this id in the next frame and focuses the element with the id `first`, if given.
pub fn show_modal(dialog: &'static str, first: Option<&'static str>) {
    request_animation_frame(move || {
        let dialog = document().get_element_by_id(dialog);
        if let Some(dialog) = dialog.and_then(|dialog| dialog.dyn_into::<HtmlDialogElement>().ok()) {
            _ = dialog.show_modal();
            if let Some(first) = first {
                focus_on(first.to_owned());
            }
        }
    });
}

/// Whether the device probably has a keyboard of its own: it has a mouse or a touchpad.
pub fn has_keyboard() -> bool {
    window().match_media("(hover: hover) and (pointer: fine)").ok().flatten().is_some_and(|query| query.matches())
}
