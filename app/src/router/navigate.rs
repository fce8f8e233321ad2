//! Navigation by the WebAssembly.

use leptos::{prelude::*, wasm_bindgen::JsValue};

use super::{Address, RouterContext};

/// How to navigate.
#[derive(Clone, Copy, Debug, Default)]
pub struct NavigateOptions {
    /// Whether to replace the history entry, so that Back does not return to the page that is left.
    pub replace: bool,
}

/// A function that navigates to a page: a path in the table of pages, with query and fragment.
pub(crate) fn use_navigate() -> impl Fn(&str, NavigateOptions) + Clone + Send + Sync + 'static {
    let router: RouterContext = expect_context();
    move |to: &str, options: NavigateOptions| router.navigate(to, options)
}

/// Navigates to `path` when it is shown. The server redirects before it renders a page.
#[expect(clippy::needless_pass_by_value, reason = "a component owns its properties")]
#[component]
pub fn Redirect(path: String, #[prop(optional)] options: NavigateOptions) -> impl IntoView {
    if is_browser() {
        use_navigate()(&path, options);
    }
}

impl RouterContext {
    pub(super) fn navigate(self, to: &str, options: NavigateOptions) {
        let location = location();
        // As in a browser, a link to the current address adds no history entry.
        let replace = options.replace || Address::of_window().within_origin() == to;
        let changed = window().history().and_then(|history| {
            if replace {
                history.replace_state_with_url(&JsValue::NULL, "", Some(to))
            } else {
                history.push_state_with_url(&JsValue::NULL, "", Some(to))
            }
        });
        if changed.is_err() {
            // A browser limits the number of changes in a time.
            _ = location.set_href(to);
            return;
        }
        self.location.update();
        match location.hash() {
            // The browser scrolls to the fragment, as soon as the page is in the document.
            Ok(fragment) if !fragment.is_empty() => request_animation_frame(move || _ = location.replace(&fragment)),
            _ => window().scroll_to_with_x_and_y(0.0, 0.0),
        }
    }
}
