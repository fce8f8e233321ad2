//! Files that the page makes.

use js_sys::Array;
use leptos::{prelude::*, wasm_bindgen::JsCast, web_sys::HtmlElement};
use web_sys::{Blob, Url};

/// Saves a text as a file. A link to the API would carry no access token.
pub(crate) fn save(text: &str, name: &str) {
    let Some(url) = Blob::new_with_str_sequence(&Array::of1(&text.into()))
        .and_then(|blob| Url::create_object_url_with_blob(&blob))
        .ok()
    else {
        return;
    };
    if let Ok(link) = document().create_element("a") {
        _ = link.set_attribute("href", &url);
        _ = link.set_attribute("download", name);
        link.unchecked_ref::<HtmlElement>().click();
    }
    _ = Url::revoke_object_url(&url);
}
