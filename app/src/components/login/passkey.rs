//! Login with a passkey: a button, and the list that opens at the field for the email.

use leptos::{ev::MouseEvent, prelude::*, task::spawn_local, wasm_bindgen::JsCast, web_sys::Element};

use crate::{
    components::{Reauth, notice::Notice},
    messages::{self, messages},
    page_data::PageData,
    passkeys,
};
use doorward::{Error, SessionHandle, use_session};
use doorward_api::{ChallengePurpose, ErrorCode, PasskeyAssertion, PasskeyLogin as Body};

/// The way to log in with a passkey. Made for a form with a password, and gone with it.
#[derive(Clone, Copy)]
pub(super) struct PasskeyLogin {
    session: SessionHandle,
    reauth: Reauth,
    /// Counts requests to the browser: of several, the newest one counts.
    turn: RwSignal<usize>,
    error: RwSignal<Option<String>>,
}

impl PasskeyLogin {
    pub(super) fn new() -> Self {
        let login = Self {
            session: use_session(),
            reauth: expect_context(),
            turn: RwSignal::new(0),
            error: RwSignal::new(None),
        };
        on_cleanup(move || login.stop());
        login
    }

    fn next_turn(self) -> usize {
        let next = self.turn.try_get_untracked().unwrap_or_default() + 1;
        _ = self.turn.try_set(next);
        next
    }

    /// Whether no other request has begun, and the form is still there.
    fn is_current(self, turn: usize) -> bool {
        self.turn.try_get_untracked() == Some(turn)
    }

    /// Withdraws a request to the browser, as before the password is sent.
    pub(super) fn stop(self) {
        if passkeys::is_supported() {
            self.next_turn();
            passkeys::notify("cancel");
        }
    }

    /// Offers the passkeys of this site at the field for the email, where browsers can, until another request begins.
    pub(super) fn offer(self) {
        if !passkeys::is_supported() {
            return;
        }
        let turn = self.next_turn();
        spawn_local(async move {
            if !passkeys::has("conditional").await {
                return;
            }
            while self.is_current(turn) {
                // Without a challenge, the browser waits for the time of the next one.
                let options = self.session.challenge(ChallengePurpose::Login, None).await.unwrap_or_default();
                if !self.is_current(turn) {
                    return;
                }
                match passkeys::use_one("offer", options).await {
                    Ok(passkey) => self.log_in(passkey).await,
                    // Another challenge is due, or another request has begun.
                    Err(None) => {}
                    Err(Some(_)) => return,
                }
            }
        });
    }

    /// The user has pressed the button.
    fn start(self, button: Element) {
        let turn = self.next_turn();
        _ = button.set_attribute("aria-busy", "true");
        self.error.set(None);
        spawn_local(async move {
            match passkeys::get(self.session, ChallengePurpose::Login, None).await {
                Ok(passkey) => self.log_in(passkey).await,
                Err(error) => _ = self.error.try_set(error.as_ref().map(messages::error)),
            }
            _ = button.remove_attribute("aria-busy");
            // Unless the page has been left, or the button has been pressed again.
            if self.is_current(turn) {
                self.offer();
            }
        });
    }

    async fn log_in(self, passkey: PasskeyAssertion) {
        let reply = self.session.login_with_passkey(&Body { passkey }).await;
        passkeys::forget_unknown(&reply);
        match reply {
            Ok(()) => self.reauth.on_login(),
            // There is no email and no password in it.
            Err(Error::Problem(problem)) if problem.code == ErrorCode::InvalidCredentials => {
                self.error.try_set(Some(messages().factors.passkey_failed.to_owned()));
            }
            Err(error) => _ = self.error.try_set(Some(messages::error(&error))),
        }
    }
}

/// The button. Its place is kept until the WebAssembly has started. Plain markup: the code for a view would be larger.
#[component]
pub(super) fn PasskeyButton(login: PasskeyLogin) -> impl IntoView {
    let is_shown = if is_browser() { passkeys::is_supported() } else { PageData::current().has_passkeys };
    let button =
        [r#"<button type="button" class="button second">"#, messages().factors.log_in_with_passkey, "</button>"]
            .concat();
    let on_click = move |event: MouseEvent| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        if let Some(button) = target.filter(|target| target.tag_name() == "BUTTON") {
            login.start(button);
        }
    };
    is_shown.then(|| {
        view! {
            <div role="alert"><Notice class="notice error" text=move || login.error.get()/></div>
            <div class="others passkey" on:click=on_click inner_html=button></div>
        }
    })
}
