//! The browser as the client's platform.

mod clocks;
mod locks;
mod page_events;
mod transport;

#[cfg(test)]
mod tests;

use std::time::Duration;

use futures::{FutureExt, future::LocalBoxFuture};
use js_sys::Reflect;
use leptos::server_fn::request::browser::BrowserFormData;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{BroadcastChannel, EventTarget};

use super::{Faults, LockName, NoResponse, PageEvent, Platform, StreamResponse, timeout};
use crate::{
    clock::Clocks,
    request::{Authorization, Request, Response},
};

/// Timers of a browser last less than 25 days, and fire at once for longer times.
const LONGEST_SLEEP: Duration = Duration::from_hours(24);

/// The name of the channel that all tabs of this origin use.
const CHANNEL: &str = "doorward";

/// The browser.
pub(crate) struct BrowserPlatform {
    /// To the other tabs. `None` in a browser without broadcast channels: tabs are independent there.
    channel: Option<BroadcastChannel>,
    faults: Faults,
}

impl BrowserPlatform {
    /// The browser, unless there is none: server-side rendering has the same function.
    #[expect(clippy::unnecessary_wraps, reason = "server-side rendering returns `None`")]
    pub(crate) fn new() -> Option<Self> {
        // A program that replaces the constructor may return anything.
        let channel = BroadcastChannel::new(CHANNEL).ok().filter(JsCast::is_instance_of::<EventTarget>);
        Some(Self { channel, faults: Faults::default() })
    }
}

/// A form with files, as server functions receive it.
pub(crate) type FormData = BrowserFormData;

/// The body of a request that sends a form.
pub(crate) fn form_body(form: FormData) -> JsValue {
    form.take().into()
}

/// The state of the page, visible if the browser does not report it.
fn page_visibility() -> Option<String> {
    let document = web_sys::window()?.document()?;
    // Catches an exception of the property.
    Reflect::get(&document, &"visibilityState".into()).ok()?.as_string()
}

impl Platform for BrowserPlatform {
    type Lock = locks::Lock;

    async fn send(&self, request: &Request, authorization: Option<&Authorization>) -> Result<Response, NoResponse> {
        // Boxed: one copy of the code for all callers.
        self.faults.around(request, self.now().monotonic, transport::send(request, authorization)).boxed_local().await
    }

    async fn open(&self, request: &Request, authorization: &Authorization) -> Result<StreamResponse, NoResponse> {
        transport::open(request, authorization).await
    }

    fn now(&self) -> Clocks {
        clocks::read(self.faults.skew())
    }

    async fn sleep(&self, time: Duration) {
        gloo_timers::future::sleep(time.min(LONGEST_SLEEP)).await;
    }

    fn random(&self) -> f64 {
        clocks::random()
    }

    fn spawn(&self, task: LocalBoxFuture<'static, ()>) {
        wasm_bindgen_futures::spawn_local(task);
    }

    async fn try_lock(&self, name: LockName) -> Option<locks::Lock> {
        if let Some(Ok(lock)) = timeout(self, locks::TIMEOUT, locks::request(name, locks::Mode::IfAvailable)).await {
            return lock;
        }
        // Without locks each tab sends its own requests. Tabs start at different times, so that most of them receive the result of
        // the first one before they start.
        self.sleep(locks::SPREAD.mul_f64(self.random())).await;
        Some(locks::Lock::none())
    }

    async fn lock(&self, name: LockName) -> locks::Lock {
        locks::acquire(name, locks::Mode::InLine).await
    }

    async fn steal_lock(&self, name: LockName) -> locks::Lock {
        let stolen = timeout(self, locks::TIMEOUT, locks::acquire(name, locks::Mode::Steal)).await;
        stolen.unwrap_or_else(locks::Lock::none)
    }

    fn broadcast(&self, message: &str) {
        if let Some(channel) = &self.channel {
            // Fails on a closed channel only, and this one is never closed.
            _ = channel.post_message(&JsValue::from_str(message));
        }
    }

    fn listen(&self, handle: impl Fn(PageEvent) + 'static) {
        page_events::listen(self.channel.as_ref(), handle);
    }

    fn is_visible(&self) -> bool {
        page_visibility().as_deref() != Some("hidden")
    }

    fn faults(&self) -> &Faults {
        &self.faults
    }
}
