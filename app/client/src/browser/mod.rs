//! The browser as the core's platform, and the one place where the core lives.

mod locks;
mod transport;
mod window;

#[cfg(test)]
mod tests;

use std::{cell::OnceCell, rc::Rc, time::Duration};

use futures::future::LocalBoxFuture;
use leptos::{server_fn::request::browser::BrowserFormData, wasm_bindgen::JsValue};
use web_sys::BroadcastChannel;

use super::{
    core::Core,
    faults::Faults,
    pass::Proof,
    platform::{Clocks, Moment, NoAnswer, Opened, Platform, Turn},
    request::{Request, Response},
};

/// A timer of the browser takes less than 25 days, and fires at once when asked for more.
const LONGEST_SLEEP: Duration = Duration::from_hours(24);

/// The steady clock begins when the page is loaded, but a token may be older than that. Its zero means nothing.
const BEFORE_THE_PAGE: Duration = Duration::from_hours(24 * 365);

thread_local! {
    // Exists in the browser only, where there is one thread and one person. It outlives every component.
    static CORE: OnceCell<Rc<Core<Here>>> = const { OnceCell::new() };
}

/// The session of this browser, if a provider has opened it.
pub(super) fn core() -> Option<Rc<Core<Here>>> {
    CORE.with(|core| core.get().cloned())
}

/// Opens the session of this browser. A second provider finds what the first one opened.
pub(super) fn open(may_be_logged_in: bool) -> Option<Rc<Core<Here>>> {
    if core().is_none() {
        // Its name is part of every tab's agreement with the others.
        let channel = BroadcastChannel::new("doorward").ok();
        let core = Core::new(Here { channel, faults: Faults::default() }, may_be_logged_in);
        window::listen(&core);
        CORE.with(|place| _ = place.set(core));
    }
    core()
}

/// The browser.
pub(super) struct Here {
    /// To the other tabs; a browser without it has tabs that do not know of each other.
    channel: Option<BroadcastChannel>,
    pub(super) faults: Faults,
}

impl Platform for Here {
    type Lock = locks::Lock;

    async fn send(&self, request: &Request, proof: Option<&Proof>) -> Result<Response, NoAnswer> {
        self.faults.around(request, self.now().steady, transport::send(request, proof)).await
    }

    async fn open(&self, request: &Request, proof: &Proof) -> Result<Opened, NoAnswer> {
        transport::open(request, proof).await
    }

    fn now(&self) -> Clocks {
        let milliseconds = web_sys::window().and_then(|window| window.performance()).map_or(0.0, |clock| clock.now());
        Clocks {
            steady: Moment(BEFORE_THE_PAGE + Duration::from_secs_f64(milliseconds / 1000.0)),
            wall: js_sys::Date::now() + self.faults.skew(),
        }
    }

    async fn sleep(&self, wait: Duration) {
        gloo_timers::future::sleep(wait.min(LONGEST_SLEEP)).await;
    }

    fn chance(&self) -> f64 {
        js_sys::Math::random()
    }

    fn spawn(&self, task: LocalBoxFuture<'static, ()>) {
        wasm_bindgen_futures::spawn_local(task);
    }

    async fn try_lock(&self, turn: Turn) -> Option<locks::Lock> {
        if let Ok(lock) = locks::request(turn, locks::Wish::IfAvailable).await {
            return lock;
        }
        // Without locks, each tab does it for itself. They begin at different moments, so that most of them hear in
        // time that it is done.
        self.sleep(locks::SPREAD.mul_f64(self.chance())).await;
        Some(locks::Lock::none())
    }

    async fn lock(&self, turn: Turn) -> locks::Lock {
        locks::take(turn, locks::Wish::InLine).await
    }

    async fn steal_lock(&self, turn: Turn) -> locks::Lock {
        locks::take(turn, locks::Wish::Steal).await
    }

    fn tell(&self, news: &str) {
        if let Some(channel) = &self.channel {
            // Fails only on a channel that is closed, and nobody closes this one.
            _ = channel.post_message(&JsValue::from_str(news));
        }
    }
}

/// A form with files, as server functions have it.
pub(super) type FormData = BrowserFormData;

/// What a request carries.
pub(super) fn into_body(form: FormData) -> JsValue {
    form.take().into()
}

/// What is to go wrong, for the inspector.
pub(super) fn faults(change: impl FnOnce(&Faults, Moment)) {
    if let Some(core) = core() {
        change(&core.platform.faults, core.now().steady);
    }
}
