//! The end of a session that nothing renews: what is told before it, and the way to log in again over the page.

mod dialog;
mod warning;

use std::time::Duration;

use leptos::{
    leptos_dom::helpers::set_interval_with_handle,
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::{FocusEvent, HtmlElement},
};
use send_wrapper::SendWrapper;

use crate::content::effect;
use doorward::{SessionHandle, use_session};

pub use dialog::LoginAgain;
pub(super) use warning::Warning;

/// Often enough that no second is shown late.
const TICK: Duration = Duration::from_millis(250);

/// What this tab knows of the end to come.
#[derive(Clone, Copy)]
pub struct Lapse {
    session: SessionHandle,
    /// Whether the clock runs.
    is_counting: Memo<bool>,
    left: RwSignal<Option<u64>>,
    /// Whether the person wants to log in again before the end.
    asked: RwSignal<bool>,
    /// What had the focus before the warning took it.
    focused: StoredValue<Option<SendWrapper<HtmlElement>>>,
    /// With which the person has logged in, so that they need not type it again. Gone when they are.
    email: RwSignal<String>,
}

impl Lapse {
    /// Keeps an eye on the session of this tab.
    pub fn provide() {
        let session = use_session();
        let lapse = Self {
            session,
            is_counting: Memo::new(move |_| !session.is_renewable() && session.time_left().is_some()),
            left: RwSignal::new(None),
            asked: RwSignal::new(false),
            focused: StoredValue::default(),
            email: RwSignal::new(String::new()),
        };
        provide_context(lapse);
        effect(move || {
            let is_counting = lapse.is_counting.get();
            lapse.look();
            if is_counting && let Ok(timer) = set_interval_with_handle(move || lapse.look(), TICK) {
                on_cleanup(move || timer.clear());
            }
        });
        effect(move || {
            if session.is_logged_in() == Some(false) {
                lapse.asked.set(false);
                lapse.email.set(String::new());
            }
        });
    }

    /// The time left, in seconds, a begun one counting as a whole one; `None` where a session goes on by itself, and while
    /// it is in doubt.
    pub fn left(self) -> Option<u64> {
        self.left.get()
    }

    /// Remembers with which email somebody is about to log in.
    pub fn note(self, email: &str) {
        self.email.set(email.to_owned());
    }

    /// Opens the dialog before the end.
    fn ask(self) {
        self.asked.set(true);
    }

    /// The warning takes the focus from there; what it gets back from the dialog was its own.
    fn leaves(self, event: &FocusEvent) {
        let from = event.related_target().and_then(|target| target.dyn_into::<HtmlElement>().ok());
        if let Some(from) = from.filter(|from| matches!(from.closest("dialog"), Ok(None))) {
            self.focused.set_value(Some(SendWrapper::new(from)));
        }
    }

    fn look(self) {
        let left = untrack(|| self.is_counting.get().then(|| self.session.time_left()).flatten());
        // At the end the session lapses. Where it has not, a clock was set: better to say nothing than something wrong.
        let left = left.filter(|left| !left.is_zero());
        let left = left.map(|left| left.as_secs() + u64::from(left.subsec_nanos() > 0));
        if left != self.left.get_untracked() {
            self.left.set(left);
        }
    }
}
