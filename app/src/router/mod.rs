//! The router: shows the page at the address of the window, and handles clicks on links to pages.
//!
//! Its names are those of `leptos_router`, which also has nested routes, parameters, asynchronous views, transitions and
//! forms. Our pages are a table of fixed paths, and without `leptos_router` the compressed WebAssembly is 22 kB smaller.
//!
//! Paths that are not pages may belong to other applications on the origin. Links to them are left to the browser.

mod address;
mod link;
mod location;
mod navigate;
mod query;
mod route;
mod routes;

use leptos::{children::TypedChildren, prelude::*};

use address::Address;
pub use location::RequestUrl;
pub(crate) use location::{Location, use_location, use_query};
pub(crate) use navigate::{NavigateOptions, Redirect, use_navigate};
pub use route::{Audience, Route};
pub use routes::Routes;
pub(crate) use routes::{use_audience, use_pages};

/// What the components below a [`Router`] need of it.
#[derive(Clone, Copy)]
struct RouterContext {
    pages: &'static [Route],
    location: Location,
}

/// Provides the location. In the browser, it changes with clicks on links to `pages`, and with Back and Forward.
#[component]
pub fn Router<V: IntoView>(
    /// All pages.
    pages: &'static [Route],
    children: TypedChildren<V>,
) -> impl IntoView {
    let router = RouterContext { pages, location: Location::current() };
    provide_context(router);
    if is_browser() {
        // The router lives as long as the window.
        window_event_listener(leptos::ev::click, move |event| link::on_click(router, &event));
        window_event_listener(leptos::ev::popstate, move |_| router.location.update());
    }
    children.into_inner()()
}
