//! Where the focus goes when what had it is gone.

use leptos::{prelude::*, wasm_bindgen::JsCast, web_sys::HtmlElement};

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
