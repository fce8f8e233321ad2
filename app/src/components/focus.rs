//! Where the focus goes: when what had it is gone, and when a dialog opens.

use leptos::{
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::{HtmlDialogElement, HtmlElement},
};

/// Moves the focus to the element with this id, once the page shows what has just changed; where there is none, to the
/// heading of the page.
pub fn focus_on(id: String) {
    request_animation_frame(move || {
        let element = document().get_element_by_id(&id);
        let place = element.or_else(|| document().query_selector("h1").ok().flatten());
        if let Some(place) = place.and_then(|place| place.dyn_into::<HtmlElement>().ok()) {
            _ = place.focus();
        }
    });
}

/// Opens the dialog with this id over the page, once it is there; the focus goes to the element with the other id, if one is
/// given.
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
