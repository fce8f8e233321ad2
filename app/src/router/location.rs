//! The current location: path and query, as signals.

use leptos::prelude::*;

use super::{Address, RouterContext, query::parameter};

/// The current location. The fragment is not part of it: only the browser uses it.
#[derive(Clone, Copy)]
pub struct Location {
    pub pathname: ReadSignal<String>,
    /// The query with its `?`, or empty.
    pub search: ReadSignal<String>,
    set_pathname: WriteSignal<String>,
    set_search: WriteSignal<String>,
}

/// The path and query of the request for which the server renders a page. Provided as context.
#[derive(Clone, Debug)]
pub struct RequestUrl {
    path: String,
    search: String,
}

/// The current location.
pub(crate) fn use_location() -> Location {
    expect_context::<RouterContext>().location
}

/// The value of a parameter of the current query.
pub(crate) fn use_query(name: &'static str) -> impl Fn() -> Option<String> + Copy + Send + Sync + 'static {
    let search = use_location().search;
    move || search.with(|search| parameter(search, name))
}

impl Location {
    /// That of the window, or of the request.
    pub(super) fn current() -> Self {
        let (path, search) = if is_browser() {
            let Address { path, search, .. } = Address::of_window();
            (path, search)
        } else {
            use_context().map_or_else(Default::default, |RequestUrl { path, search }| (path, search))
        };
        let (pathname, set_pathname) = signal(path);
        let (search, set_search) = signal(search);
        Self { pathname, search, set_pathname, set_search }
    }

    /// Follows the address of the window.
    pub(super) fn update(self) {
        let Address { path, search, .. } = Address::of_window();
        set_if_new(self.set_pathname, path);
        set_if_new(self.set_search, search);
    }
}

impl RequestUrl {
    pub fn new(path: &str, query: Option<&str>) -> Self {
        Self { path: path.to_owned(), search: query.map(|query| format!("?{query}")).unwrap_or_default() }
    }
}

/// An equal value does not notify: the page stays.
fn set_if_new(signal: WriteSignal<String>, new: String) {
    signal.maybe_update(|value| {
        let is_new = *value != new;
        *value = new;
        is_new
    });
}
