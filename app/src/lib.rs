//! Doorward's pages, components and messages. Runs on the server, which renders the pages, and in the browser.

// The type of a page is the type of every element in it.
#![recursion_limit = "256"]

#[cfg(feature = "ssr")]
pub mod caller;
#[expect(unreachable_pub, reason = "`#[component]` writes a second, public function that nobody can reach")]
pub mod components;
pub mod content;
pub mod functions;
mod in_one_go;
#[expect(unreachable_pub, reason = "`#[component]` writes a second, public function that nobody can reach")]
pub mod pages;
mod private;
mod return_path;
mod shell;
mod words;

use doorward::AuthProvider;
use leptos::prelude::*;
use leptos_router::{
    components::{FlatRoutes, Route, Router},
    path,
};

use components::{Drafts, FirstPage, Header, InspectorOn, Lapse, LoginAgain, Notices, PasswordRules, TabBound};
use pages::{Account, Activity, Home, Inspector, Login, NotFound, People, Register, Sessions};

pub use return_path::ReturnPath;
pub use shell::{Assets, shell};

/// The whole interface: what every page has, and the page map.
#[component]
pub fn App() -> impl IntoView {
    provide_context(FirstPage::default());
    provide_context(PasswordRules::shared());
    provide_context(InspectorOn::shared());
    provide_context(TabBound::shared());

    view! {
        <AuthProvider>
            {Drafts::provide()}
            {Lapse::provide()}
            <Router>
                // The router would swallow the jump; `external` leaves it, and the move of the focus, to the browser.
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
                        <Route path=path!("/people") view=People/>
                        <Route path=path!("/inspector") view=Inspector/>
                    </FlatRoutes>
                </main>
                <Notices/>
                <LoginAgain/>
            </Router>
        </AuthProvider>
    }
}
