//! Web Locks: <https://www.w3.org/TR/web-locks/>. `web-sys` has them behind an unstable flag only.

use std::{cell::Cell, rc::Rc, time::Duration};

use futures::{channel::oneshot, future::LocalBoxFuture};
use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use wasm_bindgen_futures::{JsFuture, spawn_local};

use crate::platform::LockName;

/// Without locks, tabs spread their work over this time.
pub(super) const SPREAD: Duration = Duration::from_millis(150);

/// A lock that is free is granted within milliseconds. A browser that takes longer than this refuses its locks.
pub(super) const TIMEOUT: Duration = Duration::from_secs(1);

/// This browser has no locks, or refuses them.
#[derive(Debug)]
pub(super) struct Unsupported;

/// How to request a lock.
#[derive(Clone, Copy)]
pub(super) enum Mode {
    IfAvailable,
    InLine,
    Steal,
}

/// A lock, released when dropped.
pub(crate) struct Lock {
    release: Option<Function>,
}

impl Lock {
    /// Where locks are unsupported: excludes no other tab.
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

/// Acquires a lock, in line or by stealing it.
pub(super) async fn acquire(name: LockName, mode: Mode) -> Lock {
    match request(name, mode).await {
        Ok(Some(lock)) => lock,
        // Only `IfAvailable` results in `None`.
        Ok(None) | Err(Unsupported) => Lock::none(),
    }
}

/// Requests a lock; `None` if it was requested `IfAvailable` and is not.
pub(super) async fn request(name: LockName, mode: Mode) -> Result<Option<Lock>, Unsupported> {
    let name = format!("doorward {}", name.name());
    let options = Object::new();
    match mode {
        Mode::IfAvailable => _ = Reflect::set(&options, &"ifAvailable".into(), &true.into()),
        Mode::Steal => _ = Reflect::set(&options, &"steal".into(), &true.into()),
        Mode::InLine => {}
    }
    let (sender, receiver) = oneshot::channel();
    let sender = Rc::new(Cell::new(Some(sender)));
    let refused = Rc::clone(&sender);
    let granted = Closure::once_into_js(move |lock: JsValue| {
        let mut release = None;
        let until_released = Promise::new(&mut |resolve, _| release = Some(resolve));
        if let Some(sender) = sender.take() {
            // If the caller has been dropped, the lock is dropped here, which releases it.
            _ = sender.send((!lock.is_null()).then_some(Lock { release }));
        }
        if lock.is_null() { JsValue::NULL } else { until_released.into() }
    });
    let requested = lock_manager()
        .and_then(|locks| {
            let request: Function = Reflect::get(&locks, &"request".into()).ok()?.dyn_into().ok()?;
            request.call3(&locks, &name.as_str().into(), &options, &granted).ok()?.dyn_into::<Promise>().ok()
        })
        .ok_or(Unsupported)?;
    // The promise must be awaited, because it is rejected when another tab steals the lock. If it is rejected before the lock
    // was granted, the browser refuses its locks.
    // Boxed like all tasks: the WebAssembly has one `spawn_local` per type.
    let settled: LocalBoxFuture<'static, ()> = Box::pin(async move {
        _ = JsFuture::from(requested).await;
        drop(refused.take());
    });
    spawn_local(settled);
    receiver.await.map_err(|_| Unsupported)
}

fn lock_manager() -> Option<JsValue> {
    let navigator = web_sys::window()?.navigator();
    Reflect::get(&navigator, &"locks".into()).ok().filter(JsValue::is_object)
}
