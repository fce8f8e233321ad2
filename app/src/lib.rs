//! Doorward's pages, components and messages. Runs on the server, which renders the pages, and in the browser.

// The type of a page contains the type of every element in it.
#![recursion_limit = "256"]

mod brand;
#[cfg(feature = "ssr")]
pub mod caller;
#[expect(unreachable_pub, reason = "`#[component]` generates a public function that is not reachable")]
pub mod components;
mod form_reply;
pub mod functions;
#[cfg(feature = "ssr")]
mod head;
pub mod leptos_ext;
mod messages;
mod page_data;
#[expect(unreachable_pub, reason = "`#[component]` generates a public function that is not reachable")]
pub mod pages;
mod return_path;
#[cfg(feature = "ssr")]
mod shell;

use doorward::AuthProvider;
use leptos::prelude::*;
use leptos_router::{
    components::{FlatRoutes, Route, Router},
    path,
};

use components::{Drafts, FirstPage, Header, Reauth, ReauthDialog, StatusBar};
use pages::{Account, Activity, Home, Inspector, Login, NotFound, Register, Sessions, Users};

pub use brand::Brand;
pub use components::SessionScope;
pub use form_reply::{FormReply, missing_fields};
#[cfg(feature = "ssr")]
pub use head::Assets;
pub use messages::NEEDS_PROGRAM;
pub use page_data::PageData;
pub use return_path::ReturnPath;
#[cfg(feature = "ssr")]
pub use shell::{arrival_page, error_page, shell};

/// Pages for users who are not logged in.
pub const GUEST_PAGES: [&str; 2] = ["/login", "/register"];

/// Pages for users who are logged in.
pub const PROTECTED_PAGES: [&str; 5] = ["/account", "/sessions", "/activity", "/users", "/inspector"];

/// The root component: contexts, what every page has, and the routes. Needs [`PageData`].
#[component]
pub fn App() -> impl IntoView {
    provide_context(FirstPage::default());

    view! {
        <AuthProvider>
            {Drafts::provide()}
            {Reauth::provide()}
            <Router>
                // `external` leaves the jump and the focus to the browser; the router would intercept it.
                <a class="skip" href="#main" rel="external">"Skip to content"</a>
                <Header/>
                <main id="main" tabindex="-1">
                    <FlatRoutes fallback=NotFound>
                        <Route path=path!("/") view=Home/>
                        <Route path=path!("/register") view=Register/>
                        <Route path=path!("/login") view=Login/>
                        <Route path=path!("/account") view=Account/>
                        <Route path=path!("/sessions") view=Sessions/>
                        <Route path=path!("/activity") view=Activity/>
                        <Route path=path!("/users") view=Users/>
                        <Route path=path!("/inspector") view=Inspector/>
                    </FlatRoutes>
                </main>
                <StatusBar/>
                <ReauthDialog/>
            </Router>
        </AuthProvider>
    }
}
