//! Login with a passkey: a button, and the list that opens at the field for the email.

use leptos::{prelude::*, task::spawn_local};

use super::{Reauth, factors::has_code, form::aria_bool, notice::Notice};
use crate::{
    messages::{self, messages},
    page_data::PageData,
    passkeys,
};
use doorward::{SessionHandle, use_session};
use doorward_api::{ChallengePurpose, ErrorCode, PasskeyAssertion, PasskeyLogin as Form};

/// The way to log in with a passkey. Made for a form with a password, and gone with it.
#[derive(Clone, Copy)]
pub struct PasskeyLogin {
    session: SessionHandle,
    reauth: Reauth,
    /// Counts requests to the browser: of several, the newest one counts.
    turn: StoredValue<u32>,
    pending: RwSignal<bool>,
    error: RwSignal<Option<String>>,
}

impl PasskeyLogin {
    pub fn new() -> Self {
        let login = Self {
            session: use_session(),
            reauth: expect_context(),
            turn: StoredValue::new(0),
            pending: RwSignal::new(false),
            error: RwSignal::new(None),
        };
        on_cleanup(move || login.stop());
        login
    }

    fn next_turn(self) -> u32 {
        self.turn
            .try_update_value(|turn| {
                *turn += 1;
                *turn
            })
            .unwrap_or_default()
    }

    /// Whether no other request has begun, and the form is still there.
    fn is_current(self, turn: u32) -> bool {
        self.turn.try_get_value() == Some(turn)
    }

    /// Withdraws a request to the browser, as before the password is sent.
    pub fn stop(self) {
        if passkeys::is_supported() {
            self.next_turn();
            passkeys::notify("cancel");
        }
    }

    /// Offers the passkeys of this site at the field for the email, where browsers can, until another request begins.
    pub fn offer(self) {
        if !passkeys::is_supported() {
            return;
        }
        let turn = self.next_turn();
        spawn_local(async move {
            let features = passkeys::call("features", String::new()).await.unwrap_or_default();
            if !features.iter().any(|feature| feature == "conditional") {
                return;
            }
            while self.is_current(turn) {
                // Without a challenge, the browser waits for the time of the next one.
                let options = self.session.challenge(ChallengePurpose::Login, None).await.unwrap_or_default();
                if !self.is_current(turn) {
                    return;
                }
                match passkeys::call("offer", options).await {
                    Ok(answer) => self.log_in(passkeys::assertion(answer)).await,
                    Err(name) if name == "Again" => {}
                    Err(_) => return,
                }
            }
        });
    }

    /// The user has pressed the button.
    fn start(self) {
        if self.pending.get_untracked() {
            return;
        }
        self.next_turn();
        self.pending.set(true);
        self.error.set(None);
        spawn_local(async move {
            match passkeys::get(self.session, ChallengePurpose::Login, None).await {
                Ok(passkey) => self.log_in(passkey).await,
                Err(failure) => _ = self.error.try_set(failure.as_ref().map(messages::error)),
            }
            // Unless the page has been left.
            if self.pending.try_set(false).is_none() {
                self.offer();
            }
        });
    }

    async fn log_in(self, passkey: PasskeyAssertion) {
        let reply = self.session.login_with_passkey(&Form { passkey }).await;
        if has_code(&reply, ErrorCode::PasskeyUnknown) {
            passkeys::notify("forget");
        }
        match reply {
            Ok(()) => self.reauth.on_login(),
            Err(error) => _ = self.error.try_set(Some(messages::error(&error))),
        }
    }
}

/// The button. Its place is kept until the WebAssembly has started.
#[component]
pub fn PasskeyButton(login: PasskeyLogin) -> impl IntoView {
    let is_shown = PageData::current().has_passkeys && (!is_browser() || passkeys::is_supported());
    is_shown.then(|| {
        view! {
            <div class="others passkey">
                <div role="alert"><Notice class="notice error" text=move || login.error.get()/></div>
                <button
                    type="button"
                    class="button second"
                    aria-busy=aria_bool(login.pending)
                    aria-disabled=aria_bool(login.pending)
                    on:click=move |_| login.start()
                >
                    {messages().factors.log_in_with_passkey}
                </button>
            </div>
        }
    })
}
