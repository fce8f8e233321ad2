//! Browser APIs that throw, reject, return nothing or never answer.
//!
//! Behavior 34.

use std::time::Duration;

use futures::StreamExt;
use js_sys::Function;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

use super::{bearer, is_free, pause, platform, stream};
use crate::platform::{BrowserPlatform, LockName, Platform, StreamResponse, browser::transport};

#[wasm_bindgen_test]
async fn locks_that_the_browser_refuses_count_as_missing() {
    for refusal in [
        "() => Promise.reject(new DOMException('no', 'SecurityError'))",
        "() => { throw new Error('no') }",
        "() => undefined",
        "() => new Promise(() => {})",
    ] {
        let genuine = js_sys::eval(&format!(
            "(() => {{ const genuine = LockManager.prototype.request; LockManager.prototype.request = {refusal}; return genuine }})()"
        ));

        let lock = platform(None).try_lock(LockName::Cookie).await;
        let stolen = platform(None).steal_lock(LockName::Cookie).await;

        let restore = Function::new_with_args("genuine", "LockManager.prototype.request = genuine");
        restore.call1(&JsValue::UNDEFINED, &genuine.expect("this browser has Web Locks")).expect("restored");
        assert!(lock.is_some(), "{refusal}");
        drop((lock, stolen));
    }
    assert!(is_free(LockName::Cookie).await);
}

#[wasm_bindgen_test]
async fn messages_are_dropped_in_a_browser_without_channels() {
    platform(None).broadcast("message");
}

/// Runs `work` while the browser API at this path is replaced.
async fn with_replaced<T>(object: &str, name: &str, replacement: &str, work: impl Future<Output = T>) -> T {
    let genuine = js_sys::eval(&format!(
        "(() => {{ const genuine = Object.getOwnPropertyDescriptor({object}, '{name}'); \
         Object.defineProperty({object}, '{name}', {{ ...{replacement}, configurable: true }}); return genuine }})()"
    ));
    let result = work.await;
    let restore = Function::new_with_args("genuine", &format!("Object.defineProperty({object}, '{name}', genuine)"));
    restore.call1(&JsValue::UNDEFINED, &genuine.expect("an API of this browser")).expect("restored");
    result
}

const REFUSALS: [&str; 4] = [
    "{ value: undefined, writable: true }",
    "{ value: () => undefined, writable: true }",
    "{ value: () => { throw new Error('no') }, writable: true }",
    "{ get() { throw new Error('no') } }",
];

#[wasm_bindgen_test]
async fn clocks_and_random_numbers_that_the_browser_refuses_are_replaced() {
    for refusal in REFUSALS {
        let platform = platform(None);
        let advances = async {
            let before = platform.now();
            pause(20).await;
            platform.now().elapsed_since(before) >= Duration::from_millis(10)
        };
        assert!(with_replaced("Performance.prototype", "now", refusal, advances).await, "{refusal}");
        let clocks = async { (platform.now(), platform.now()) };
        let (before, after) = with_replaced("Date", "now", refusal, clocks).await;
        assert!(before.wall.is_finite() && after.elapsed_at_most(before) < Duration::from_mins(1), "{refusal}");
        let random = with_replaced("Math", "random", refusal, async { platform.random() }).await;
        assert!((0.0..1.0).contains(&random), "{refusal}");
    }
}

#[wasm_bindgen_test]
async fn a_page_is_visible_if_the_browser_reports_nothing() {
    for refusal in REFUSALS {
        let is_visible = async { platform(None).is_visible() };
        assert!(with_replaced("Document.prototype", "visibilityState", refusal, is_visible).await, "{refusal}");
    }
    let hidden = "{ get() { return 'hidden' } }";
    let is_visible = async { platform(None).is_visible() };
    assert!(!with_replaced("Document.prototype", "visibilityState", hidden, is_visible).await);
}

#[wasm_bindgen_test]
async fn channels_that_the_browser_refuses_count_as_missing() {
    for refusal in [
        "{ value: undefined, writable: true }",
        "{ value: function () { return {} }, writable: true }",
        "{ value: class { constructor() { throw new Error('no') } }, writable: true }",
    ] {
        let opened = async {
            let platform = BrowserPlatform::new().expect("the browser");
            platform.listen(|_| {});
            platform.broadcast("message");
            platform.channel.is_some()
        };
        assert!(!with_replaced("window", "BroadcastChannel", refusal, opened).await, "{refusal}");
    }
    let posted = async { BrowserPlatform::new().expect("the browser").broadcast("message") };
    with_replaced("BroadcastChannel.prototype", "postMessage", REFUSALS[2], posted).await;
}

#[wasm_bindgen_test]
async fn streams_that_the_browser_refuses_count_as_closed() {
    for refusal in REFUSALS {
        for (object, name) in [
            ("Response.prototype", "body"),
            ("ReadableStream.prototype", "getReader"),
            ("ReadableStreamDefaultReader.prototype", "read"),
        ] {
            let pieces = async {
                match transport::open(&stream("event: done\ndata: 1\n\n"), &bearer()).await {
                    Ok(StreamResponse::Stream(pieces)) => pieces.concat().await,
                    Ok(StreamResponse::Response(_)) => panic!("a response"),
                    Err(_) => Vec::new(),
                }
            };
            assert_eq!(with_replaced(object, name, refusal, pieces).await, b"", "{name} {refusal}");
        }
    }
}
