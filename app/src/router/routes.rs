//! Shows the current page.

use leptos::prelude::*;

use super::{Audience, Route, RouterContext};
use crate::leptos_ext::{Erased, reactive_view};

/// Shows the page at the current path. It is disposed of when the path changes, but not when only the query does.
#[component]
pub fn Routes(
    /// Shown at paths that are not pages.
    fallback: fn() -> Erased,
) -> impl IntoView {
    let RouterContext { pages, location } = expect_context();
    reactive_view(move || {
        let page = location.pathname.with(|path| pages.iter().find(|page| page.path == path));
        Some(page.map_or(fallback, |page| page.view)())
    })
}

pub(crate) fn use_pages() -> &'static [Route] {
    expect_context::<RouterContext>().pages
}

/// For whom the current page is; `None` at paths that are not pages.
pub(crate) fn use_audience() -> impl Fn() -> Option<Audience> + Copy + Send + Sync + 'static {
    let RouterContext { pages, location } = expect_context();
    move || location.pathname.with(|path| pages.iter().find(|page| page.path == path)).map(|page| page.audience)
}
