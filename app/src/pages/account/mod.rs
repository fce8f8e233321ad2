//! The account page: the user, the password and this session, as settings.

mod data;
mod email;
mod password;
mod profile;
mod rows;
mod session;

use leptos::{prelude::*, task::spawn_local};

use self::{data::Data, password::Password, profile::Profile, session::CurrentSession};
use crate::{
    components::{PageLoad, ProtectedPage, Reauth, SettingsSkeleton, focus_on},
    leptos_ext::effect,
    messages::messages,
};
use doorward::{SessionHandle, use_session};
use doorward_api as api;

#[component]
pub fn Account() -> impl IntoView {
    view! {
        <ProtectedPage title=messages().account.title layout="settings" skeleton=|| view! { <SettingsSkeleton/> }>
            <Content/>
        </ProtectedPage>
    }
}

/// The account as fetched from the API.
#[derive(Clone, Copy)]
struct AccountState {
    session: SessionHandle,
    load: PageLoad,
    account: RwSignal<Option<api::Account>>,
    reauth: Reauth,
}

impl AccountState {
    /// An account that is already shown stays if the request fails.
    async fn fetch(self) {
        self.load.start();
        let reply = self.session.get::<api::Account>("/api/account").await;
        if self.load.is_disposed() {
            return;
        }
        match reply {
            Ok(account) => {
                self.reauth.remember_email(&account.email);
                self.account.set(Some(account));
                self.load.finish();
            }
            Err(error) if !self.load.is_ready() => self.load.fail(&error),
            Err(_) => {}
        }
    }

    /// Reads a part of the account, once it is loaded.
    fn read<T>(self, part: impl Fn(&api::Account) -> T) -> Option<T> {
        self.account.with(|account| account.as_ref().map(part))
    }
}

/// Fetched again on each visit, and dropped with the page or at logout.
#[component]
fn Content() -> impl IntoView {
    let state = AccountState {
        session: use_session(),
        load: PageLoad::idle(),
        account: RwSignal::new(None),
        reauth: expect_context(),
    };
    effect(move || spawn_local(state.fetch()));
    effect(|| request_animation_frame(focus_on_linked_form));
    let listener = window_event_listener_untyped("hashchange", |_| focus_on_linked_form());
    on_cleanup(move || listener.remove());
    view! {
        <Profile state/>
        <Password state/>
        <CurrentSession/>
        <Data state/>
    }
}

/// `/account#password` is a link to the password form. The fragment is in the address when the page is.
fn focus_on_linked_form() {
    if location().hash().is_ok_and(|fragment| fragment == "#password") {
        focus_on("current_password".to_owned());
    }
}
