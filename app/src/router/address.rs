//! The parts of an address.

use leptos::{prelude::location, web_sys::HtmlAnchorElement};

/// The parts of an address, as the browser has resolved it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Address {
    pub(super) origin: String,
    pub(super) path: String,
    /// With its `?`, or empty.
    pub(super) search: String,
    /// With its `#`, or empty.
    pub(super) fragment: String,
}

impl Address {
    pub(super) fn of_window() -> Self {
        let location = location();
        Self {
            origin: location.origin().unwrap_or_default(),
            path: location.pathname().unwrap_or_default(),
            search: location.search().unwrap_or_default(),
            fragment: location.hash().unwrap_or_default(),
        }
    }

    pub(super) fn of_link(link: &HtmlAnchorElement) -> Self {
        Self { origin: link.origin(), path: link.pathname(), search: link.search(), fragment: link.hash() }
    }

    /// Path, query and fragment.
    pub(super) fn within_origin(&self) -> String {
        [&*self.path, &self.search, &self.fragment].concat()
    }
}
