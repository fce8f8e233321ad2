//! Web Locks: <https://www.w3.org/TR/web-locks/>. `web-sys` has them behind an unstable flag only.

use std::time::Duration;

use futures::{channel::oneshot, future::LocalBoxFuture};
use js_sys::{Function, Object, Promise, Reflect};
use leptos::wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use wasm_bindgen_futures::{JsFuture, spawn_local};

use crate::platform::Turn;

/// Over how long tabs without locks spread what each of them does for itself.
pub(super) const SPREAD: Duration = Duration::from_millis(150);

/// This browser has no locks.
#[derive(Debug)]
pub(super) struct Missing;

/// How badly a lock is wanted.
#[derive(Clone, Copy)]
pub(super) enum Wish {
    IfAvailable,
    InLine,
    Steal,
}

/// A lock, until it is dropped.
pub(crate) struct Lock {
    release: Option<Function>,
}

impl Lock {
    /// What stands in for a lock where there are none: nobody has to wait, and nobody is kept out.
    pub(super) fn none() -> Self {
        Self { release: None }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if let Some(release) = self.release.take() {
            _ = release.call0(&JsValue::UNDEFINED);
        }
    }
}

/// Takes the lock of this turn, in line or ahead of all others.
pub(super) async fn take(turn: Turn, wish: Wish) -> Lock {
    match request(turn, wish).await {
        Ok(Some(lock)) => lock,
        // A browser says `None` only to a wish for a lock that is available.
        Ok(None) | Err(Missing) => Lock::none(),
    }
}

/// Asks for the lock of this turn; `None` if it is to be had later only.
pub(super) async fn request(turn: Turn, wish: Wish) -> Result<Option<Lock>, Missing> {
    let name = format!("doorward {}", turn.name());
    let options = Object::new();
    match wish {
        Wish::IfAvailable => _ = Reflect::set(&options, &"ifAvailable".into(), &true.into()),
        Wish::Steal => _ = Reflect::set(&options, &"steal".into(), &true.into()),
        Wish::InLine => {}
    }
    let (give, given) = oneshot::channel();
    let granted = Closure::once_into_js(move |lock: JsValue| {
        let mut release = None;
        let until_released = Promise::new(&mut |resolve, _| release = Some(resolve));
        // Nobody may be waiting any more: then it is dropped right here, and free again.
        _ = give.send((!lock.is_null()).then_some(Lock { release }));
        if lock.is_null() { JsValue::NULL } else { until_released.into() }
    });
    let asked = lock_manager()
        .and_then(|locks| {
            let request: Function = Reflect::get(&locks, &"request".into()).ok()?.dyn_into().ok()?;
            request.call3(&locks, &name.as_str().into(), &options, &granted).ok()?.dyn_into::<Promise>().ok()
        })
        .ok_or(Missing)?;
    // It fails when another tab takes the lock away, which then is as it should be.
    // Boxed like all tasks: `spawn_local` is there once for each type.
    let settled: LocalBoxFuture<'static, ()> = Box::pin(async move { _ = JsFuture::from(asked).await });
    spawn_local(settled);
    given.await.map_err(|_| Missing)
}

fn lock_manager() -> Option<JsValue> {
    let navigator = web_sys::window()?.navigator();
    Reflect::get(&navigator, &"locks".into()).ok().filter(JsValue::is_object)
}
