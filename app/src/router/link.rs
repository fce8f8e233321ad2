//! Which clicks on links the router handles, and which the browser.

use leptos::{
    wasm_bindgen::JsCast,
    web_sys::{Element, HtmlAnchorElement, MouseEvent},
};

use super::{Address, NavigateOptions, Route, RouterContext};

/// A click on a link.
#[derive(Clone, Debug, Default)]
struct Click {
    is_default_prevented: bool,
    /// 0 is the left one.
    button: i16,
    has_modifier_key: bool,
    address: Address,
    target: String,
    rel: String,
    is_download: bool,
}

/// Handles a click anywhere in the window.
pub(super) fn on_click(router: RouterContext, event: &MouseEvent) {
    let element = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let link = element.and_then(|element| element.closest("a[href]").ok().flatten());
    let Some(link) = link.and_then(|link| link.dyn_into::<HtmlAnchorElement>().ok()) else { return };
    let click = Click {
        is_default_prevented: event.default_prevented(),
        button: event.button(),
        has_modifier_key: event.meta_key() || event.ctrl_key() || event.shift_key() || event.alt_key(),
        address: Address::of_link(&link),
        target: link.target(),
        rel: link.rel(),
        is_download: link.has_attribute("download"),
    };
    if should_navigate(&click, &Address::of_window(), router.pages) {
        event.prevent_default();
        router.navigate(&click.address.within_origin(), NavigateOptions::default());
    }
}

/// Whether the router handles the click: a plain one, on a link to a page in this window. `current`: the address of the window.
fn should_navigate(click: &Click, current: &Address, pages: &[Route]) -> bool {
    let Click { address, target, .. } = click;
    let is_plain = !click.is_default_prevented && click.button == 0 && !click.has_modifier_key;
    let is_for_browser = click.is_download
        || !(target.is_empty() || target.eq_ignore_ascii_case("_self"))
        || click.rel.split_ascii_whitespace().any(|rel| rel == "external");
    let is_page = address.origin == current.origin && pages.iter().any(|page| page.path == address.path);
    // The browser scrolls there, and moves the start of the keyboard focus.
    let is_in_document =
        !address.fragment.is_empty() && address.path == current.path && address.search == current.search;
    is_plain && !is_for_browser && is_page && !is_in_document
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PAGES;

    fn address(path: &str, search: &str, fragment: &str) -> Address {
        Address {
            origin: "https://doorward.example".into(),
            path: path.into(),
            search: search.into(),
            fragment: fragment.into(),
        }
    }

    /// A click on the home page.
    fn navigates(click: &Click) -> bool {
        should_navigate(click, &address("/", "", ""), &PAGES)
    }

    fn plain(address: Address) -> Click {
        Click { address, ..Click::default() }
    }

    #[test]
    fn plain_clicks_on_links_to_pages_navigate() {
        for page in PAGES {
            assert!(navigates(&plain(address(page.path, "", ""))), "{}", page.path);
        }
        assert!(navigates(&plain(address("/login", "?next=/users", ""))));
        assert!(navigates(&plain(address("/account", "", "#password"))));
        let link = plain(address("/login", "", ""));
        for target in ["_self", "_SELF"] {
            assert!(navigates(&Click { target: target.into(), ..link.clone() }), "{target}");
        }
        assert!(navigates(&Click { rel: "next noopener".into(), ..link }));
    }

    #[test]
    fn links_to_other_addresses_are_left_to_the_browser() {
        for path in ["/orders", "/login/", "/logout", "/Login", "/account/orders", "/%6cogin", "//login", ""] {
            assert!(!navigates(&plain(address(path, "", ""))), "{path}");
        }
        let origin = "https://other.example".into();
        assert!(!navigates(&plain(Address { origin, ..address("/login", "", "") })));
        // As of `mailto:` and `blob:`.
        assert!(!navigates(&plain(Address { origin: "null".into(), ..address("/login", "", "") })));
    }

    #[test]
    fn clicks_with_another_meaning_are_left_to_the_browser() {
        let link = plain(address("/login", "", ""));
        let clicks = [
            Click { is_default_prevented: true, ..link.clone() },
            Click { button: 1, ..link.clone() },
            Click { has_modifier_key: true, ..link.clone() },
            Click { is_download: true, ..link.clone() },
            Click { target: "_blank".into(), ..link.clone() },
            Click { target: "help".into(), ..link.clone() },
            Click { rel: "external".into(), ..link.clone() },
            Click { rel: "noopener external".into(), ..link },
        ];
        for click in clicks {
            assert!(!navigates(&click), "{click:?}");
        }
    }

    #[test]
    fn a_fragment_of_the_current_page_is_left_to_the_browser() {
        let current = address("/login", "?next=/users", "#a");
        let navigates =
            |search, fragment| should_navigate(&plain(address("/login", search, fragment)), &current, &PAGES);
        assert!(!navigates("?next=/users", "#main"));
        assert!(!navigates("?next=/users", "#a"));
        assert!(navigates("?next=/users", ""));
        assert!(navigates("", "#main"));
    }
}
