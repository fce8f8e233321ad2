//! The browser as the core's platform, and the one place where the core lives.

use std::{cell::OnceCell, rc::Rc, time::Duration};

use futures::{
    channel::oneshot,
    future::{LocalBoxFuture, pending},
};
use gloo_events::EventListener;
use gloo_net::http::{Request as Fetch, Response as Fetched};
use web_sys::{RequestCache, RequestCredentials, RequestMode};

use super::{
    core::Core,
    platform::{Moment, NoAnswer, Platform},
    request::{Method, Request, Response},
};

/// A timer of the browser takes less than 25 days, and fires at once when asked for more.
const LONGEST_SLEEP: Duration = Duration::from_hours(24);

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
    CORE.with(|core| Some(Rc::clone(core.get_or_init(|| Core::new(Here, may_be_logged_in)))))
}

/// The browser.
pub(super) struct Here;

impl Platform for Here {
    async fn send(&self, request: &Request, bearer: Option<&str>) -> Result<Response, NoAnswer> {
        let mut fetch = match request.method {
            Method::Get => Fetch::get(&request.path),
            Method::Post => Fetch::post(&request.path),
            Method::Patch => Fetch::patch(&request.path),
            Method::Delete => Fetch::delete(&request.path),
        }
        // Whatever the path says and wherever a redirect leads, no other origin gets to see the token.
        .mode(RequestMode::SameOrigin)
        .credentials(RequestCredentials::SameOrigin)
        .cache(RequestCache::NoStore);
        if let Some(bearer) = bearer {
            fetch = fetch.header("Authorization", &format!("Bearer {bearer}"));
        }
        let fetch = match &request.body {
            Some(body) => fetch.header("Content-Type", "application/json").body(body),
            None => fetch.build(),
        };
        let fetched = fetch.map_err(no_answer)?.send().await.map_err(no_answer)?;
        Ok(Response {
            status: fetched.status(),
            retry_after: retry_after(&fetched),
            body: fetched.text().await.map_err(no_answer)?,
        })
    }

    fn now(&self) -> Moment {
        let milliseconds = web_sys::window().and_then(|window| window.performance()).map_or(0.0, |clock| clock.now());
        Moment(Duration::from_secs_f64(milliseconds / 1000.0))
    }

    fn wall_clock(&self) -> f64 {
        js_sys::Date::now()
    }

    async fn sleep(&self, wait: Duration) {
        gloo_timers::future::sleep(wait.min(LONGEST_SLEEP)).await;
    }

    async fn online(&self) {
        let Some(window) = web_sys::window() else { return pending().await };
        let (tell, told) = oneshot::channel();
        // Listens for as long as somebody waits.
        let _listener = EventListener::once(&window, "online", move |_| _ = tell.send(()));
        _ = told.await;
    }

    fn chance(&self) -> f64 {
        js_sys::Math::random()
    }

    fn spawn(&self, task: LocalBoxFuture<'static, ()>) {
        wasm_bindgen_futures::spawn_local(task);
    }
}

fn no_answer(_: gloo_net::Error) -> NoAnswer {
    NoAnswer
}

/// `Retry-After`: seconds, or a moment, which is taken by the sender's clock and not by the device's.
fn retry_after(fetched: &Fetched) -> Option<Duration> {
    let headers = fetched.headers();
    let text = headers.get("Retry-After")?;
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let milliseconds = js_sys::Date::parse(&text) - js_sys::Date::parse(&headers.get("Date")?);
    Duration::try_from_secs_f64(milliseconds / 1000.0).ok()
}
