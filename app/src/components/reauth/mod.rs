//! Reauthentication: a session that cannot be renewed shows a countdown, a warning before it expires, and a dialog to log in
//! again over the page. A dialog asks for the password where the server requires a recent proof of the user.

mod dialog;
mod step_up;
mod warning;

use std::time::Duration;

use leptos::{
    leptos_dom::helpers::set_interval_with_handle,
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::{FocusEvent, HtmlElement},
};
use send_wrapper::SendWrapper;

use crate::{leptos_ext::effect, passkeys};
use doorward::{SessionHandle, Status, use_session};
use doorward_api::EndReason;

pub use dialog::ReauthDialog;
pub use step_up::StepUpDialog;
pub(super) use warning::ExpiryWarning;

/// Shorter than a second, so that the displayed seconds are never late.
const TICK: Duration = Duration::from_millis(250);

/// The state of the countdown and the dialog in this tab.
#[derive(Clone, Copy)]
pub struct Reauth {
    session: SessionHandle,
    is_counting_down: Memo<bool>,
    seconds_left: RwSignal<Option<u64>>,
    /// Whether the user opened the dialog before the session expired.
    is_requested: RwSignal<bool>,
    /// What had the focus before the warning.
    previous_focus: StoredValue<Option<SendWrapper<HtmlElement>>>,
    /// The email of the user, once it is known, to fill in forms. Cleared on logout.
    email: RwSignal<String>,
}

impl Reauth {
    pub fn provide() {
        let session = use_session();
        let reauth = Self {
            session,
            is_counting_down: Memo::new(move |_| !session.is_renewable() && session.time_left().is_some()),
            seconds_left: RwSignal::new(None),
            is_requested: RwSignal::new(false),
            previous_focus: StoredValue::default(),
            email: RwSignal::new(String::new()),
        };
        provide_context(reauth);
        effect(move || {
            let is_counting_down = reauth.is_counting_down.get();
            reauth.tick();
            if is_counting_down && let Ok(timer) = set_interval_with_handle(move || reauth.tick(), TICK) {
                on_cleanup(move || timer.clear());
            }
        });
        effect(move || {
            if let Status::Anonymous { end } = &*session.status().read() {
                reauth.is_requested.set(false);
                // After any other end, the login page fills in the email.
                if end.as_ref().is_none_or(|end| end.reason == EndReason::LoggedOut) {
                    reauth.email.set(String::new());
                }
            }
        });
    }

    /// The seconds until the session expires, rounded up. `None` for a renewable session and while the time is uncertain.
    pub fn seconds_left(self) -> Option<u64> {
        self.seconds_left.get()
    }

    /// Remembers the email of a login, to fill in the form for the next one.
    pub fn remember_email(self, email: &str) {
        self.email.set(email.to_owned());
    }

    /// The email of the last login in this tab, if there was one.
    pub fn email(self) -> String {
        self.email.get()
    }

    /// A user has logged in, by a form or with a passkey.
    pub fn on_login(self) {
        _ = self.is_requested.try_set(false);
        // Removes the warning before the focus could return to it.
        self.tick();
        passkeys::sync(self.session);
    }

    fn open_dialog(self) {
        self.is_requested.set(true);
    }

    /// Remembers what had the focus before the warning, unless the focus returns from the dialog.
    fn on_warning_focus(self, event: &FocusEvent) {
        let from = event.related_target().and_then(|target| target.dyn_into::<HtmlElement>().ok());
        if let Some(from) = from.filter(|from| matches!(from.closest("dialog"), Ok(None))) {
            self.previous_focus.set_value(Some(SendWrapper::new(from)));
        }
    }

    fn tick(self) {
        let left = untrack(|| self.is_counting_down.get().then(|| self.session.time_left()).flatten());
        // At zero the session expires. If it has not, a clock was changed: show nothing rather than a wrong time.
        let left = left.filter(|left| !left.is_zero());
        let left = left.map(|left| left.as_secs() + u64::from(left.subsec_nanos() > 0));
        if left != self.seconds_left.get_untracked() {
            self.seconds_left.set(left);
        }
    }
}
