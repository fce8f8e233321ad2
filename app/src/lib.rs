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
mod page_map;
#[expect(unreachable_pub, reason = "`#[component]` generates a public function that is not reachable")]
pub mod pages;
mod passkeys;
mod password_advice;
#[cfg(feature = "ssr")]
pub mod plain;
mod return_path;
#[expect(unreachable_pub, reason = "`#[component]` generates a public function that is not reachable")]
pub mod router;
#[cfg(feature = "ssr")]
mod shell;

use doorward::AuthProvider;
use leptos::prelude::*;

use components::{
    Drafts, FirstPage, Header, NewRecoveryCodes, Reauth, ReauthDialog, RecoveryCodesDialog, StatusBar, StepUpDialog,
    Toast,
};
use leptos_ext::erase;
use messages::messages;
use pages::NotFound;
use router::{Router, Routes};

pub use brand::Brand;
pub use components::SessionScope;
pub use doorward_api::RegistrationMode;
pub use form_reply::FormReply;
#[cfg(feature = "ssr")]
pub use head::Assets;
pub use messages::Language;
#[cfg(not(feature = "ssr"))]
pub use messages::set_messages;
#[cfg(feature = "ssr")]
pub use messages::{Fields, Problems};
pub use page_data::PageData;
pub use page_map::PAGES;
pub use return_path::ReturnPath;
#[cfg(feature = "ssr")]
pub use shell::{arrival_page, error_page, plain_page, shell};

/// The root component: contexts, what every page has, and the current page. Needs [`PageData`].
#[component]
pub fn App() -> impl IntoView {
    provide_context(FirstPage::default());

    view! {
        <AuthProvider>
            {Drafts::provide()}
            {Reauth::provide()}
            {Toast::provide()}
            {NewRecoveryCodes::provide()}
            <Router pages=&PAGES>
                <a class="skip" href="#main">{messages().shell.skip}</a>
                <Header/>
                <main id="main" tabindex="-1">
                    <Routes fallback=|| erase(NotFound)/>
                </main>
                <StatusBar/>
                <RecoveryCodesDialog/>
                <StepUpDialog/>
                <ReauthDialog/>
            </Router>
        </AuthProvider>
    }
}
