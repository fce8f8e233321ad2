//! What only a browser can show; everything else is tested natively.

mod refusals;

use std::{rc::Rc, time::Duration};

use futures::{
    FutureExt, StreamExt,
    channel::oneshot,
    future::{Either, select},
};
use leptos::prelude::GetUntracked;
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{BroadcastChannel, MessageEvent, RequestCredentials};

use super::{
    BrowserPlatform,
    locks::{self, Lock, Mode},
    transport,
};
use crate::{
    active_session::ActiveSession,
    auth_client::AuthClient,
    platform::{Faults, LockName, Platform, StreamResponse},
    request::{Authorization, Body, Method, Request},
    state::SessionEvent,
};

wasm_bindgen_test_configure!(run_in_browser);

async fn request(name: LockName, mode: Mode) -> Option<Lock> {
    locks::request(name, mode).await.expect("this browser has Web Locks")
}

async fn pause(milliseconds: u64) {
    gloo_timers::future::sleep(Duration::from_millis(milliseconds)).await;
}

/// A released lock is free a moment later.
async fn is_free(name: LockName) -> bool {
    pause(20).await;
    request(name, Mode::IfAvailable).await.is_some()
}

fn bearer() -> Authorization {
    Authorization::Bearer("a.b.c".into())
}

fn platform(channel: Option<BroadcastChannel>) -> BrowserPlatform {
    BrowserPlatform { channel, faults: Faults::default() }
}

// Behavior 20.
#[wasm_bindgen_test]
async fn a_lock_is_exclusive_until_it_is_dropped() {
    let lock = request(LockName::Refresh, Mode::IfAvailable).await.expect("free");
    assert!(request(LockName::Refresh, Mode::IfAvailable).await.is_none());
    assert!(is_free(LockName::Cookie).await, "the other name is another lock");

    let next = Box::pin(request(LockName::Refresh, Mode::InLine));
    let Either::Right(((), next)) = select(next, Box::pin(pause(50))).await else { panic!("granted while held") };
    drop(lock);

    drop(next.await.expect("the lock, in line"));
    assert!(is_free(LockName::Refresh).await);
}

// Behavior 21.
#[wasm_bindgen_test]
async fn a_stolen_lock_is_not_released_by_its_former_holder() {
    let old = request(LockName::Refresh, Mode::InLine).await;
    let new = request(LockName::Refresh, Mode::Steal).await.expect("stolen");

    drop(old);
    assert!(!is_free(LockName::Refresh).await);

    drop(new);
    assert!(is_free(LockName::Refresh).await);
}

// Behavior 10, 21.
#[wasm_bindgen_test]
async fn a_lock_whose_caller_is_gone_stays_free() {
    let lock = request(LockName::Cookie, Mode::InLine).await;
    assert!(request(LockName::Cookie, Mode::InLine).now_or_never().is_none());

    drop(lock);

    assert!(is_free(LockName::Cookie).await);
}

// Behavior 22.
#[wasm_bindgen_test]
async fn messages_reach_the_other_tabs() {
    let (sender, receiver) = oneshot::channel();
    let other = BroadcastChannel::new("doorward").expect("a channel");
    let listen = Closure::once_into_js(move |event: MessageEvent| _ = sender.send(event.data().as_string()));
    other.set_onmessage(Some(listen.unchecked_ref()));

    platform(BroadcastChannel::new("doorward").ok()).broadcast("message");

    assert_eq!(receiver.await.expect("a message").as_deref(), Some("message"));
}

// Behavior 23.
#[wasm_bindgen_test]
async fn the_monotonic_clock_ignores_a_skewed_wall_clock() {
    let platform = platform(None);
    let before = platform.now();
    platform.faults.skew_clock(3_600_000.0);
    platform.sleep(Duration::from_millis(50)).await;
    let after = platform.now();

    let elapsed = after.elapsed_since(before);
    assert!(elapsed >= Duration::from_millis(45) && elapsed < Duration::from_secs(30), "{elapsed:?}");
    assert!(after.elapsed_at_most(before) > Duration::from_secs(3_590));
}

#[wasm_bindgen_test]
async fn a_response_is_read_to_the_end_whatever_its_status() {
    let response = transport::send(&Request::new(Method::Get, "/there/is/no/such/path"), Some(&bearer())).await;
    assert_eq!(response.expect("a response").status, 404);
}

#[wasm_bindgen_test]
async fn tokens_are_sent_to_no_other_origin() {
    for elsewhere in ["http://127.0.0.1:1/", "//example.com/", "https://example.com/api/me"] {
        let response = transport::send(&Request::new(Method::Get, elsewhere), Some(&bearer())).await;
        assert!(response.is_err(), "{elsewhere}");
    }
}

// Behavior 11, 16.
#[wasm_bindgen_test]
async fn every_kind_of_body_can_be_sent_and_a_request_can_outlive_its_page() {
    for body in [Body::None, Body::Text("{}".into()), Body::Bytes(vec![0, 255]), Body::Once(JsValue::from_str("once"))]
    {
        let mut request = Request::new(Method::Post, "/nowhere").header("Content-Type", "application/json").body(body);
        for outlives_page in [false, true] {
            request.outlives_page = outlives_page;
            assert!(transport::send(&request, None).await.is_ok());
        }
    }
}

/// A stream of this browser, at an address of this origin.
fn stream(text: &str) -> Request {
    let script = "new TextEncoder().encode(text)".replace("text", &format!("{text:?}"));
    let url = js_sys::eval(&format!("URL.createObjectURL(new Blob([{script}]))")).expect("an address");
    Request::new(Method::Get, &url.as_string().expect("text"))
}

#[wasm_bindgen_test]
async fn a_stream_arrives_in_pieces_until_it_ends() {
    let opened = transport::open(&stream("event: done\ndata: 1\n\n"), &bearer()).await;
    let Ok(StreamResponse::Stream(pieces)) = opened else { panic!("no stream") };

    assert_eq!(pieces.concat().await, b"event: done\ndata: 1\n\n");
}

#[wasm_bindgen_test]
async fn a_refused_stream_returns_the_response() {
    let opened = transport::open(&Request::new(Method::Get, "/there/is/no/such/path"), &bearer()).await;

    let Ok(StreamResponse::Response(response)) = opened else { panic!("no response") };
    assert_eq!(response.status, 404);
}

// Behavior 27, 28.
#[wasm_bindgen_test]
fn a_request_carries_its_authorization_and_nothing_else() {
    let session = Authorization::Session("5f0c".to_owned());
    let request = Request::new(Method::Get, "/api/me");
    let without_cookies = request.clone().without_cookies();
    for (request, authorization, headers, credentials) in [
        (&request, Some(&bearer()), [Some("Bearer a.b.c"), None], RequestCredentials::SameOrigin),
        (&request, Some(&session), [None, Some("5f0c")], RequestCredentials::SameOrigin),
        (&without_cookies, None, [None, None], RequestCredentials::Omit),
    ] {
        let fetch = transport::build(transport::describe(request, authorization), request).expect("a request");
        let sent = ["Authorization", "Doorward-Session"].map(|name| fetch.headers().get(name));
        assert_eq!(sent, headers.map(|text| text.map(str::to_owned)));
        assert_eq!(web_sys::Request::from(fetch).credentials(), credentials);
    }
}

/// The token response to a login that sets no cookie.
const TAB_BOUND: &str = r#"{
    "access_token": "a.b.c", "token_type": "Bearer", "expires_in": 900,
    "session": {
        "id": "5f0c", "current": true, "policy": "banking", "label": null,
        "device": {"browser": "Firefox", "os": "Linux"}, "ip": "192.0.2.1",
        "created_at": "2026-11-24T13:00:00Z", "last_used_at": "2026-11-24T13:00:00Z", "expires_at": "2026-11-24T13:15:00Z"
    },
    "user": {"id": "7", "name": "Ada", "roles": []}
}"#;

// Behavior 19, 27.
#[wasm_bindgen_test]
async fn a_tab_bound_session_ends_when_its_page_is_hidden() {
    let client = AuthClient::new(platform(None), false);
    client.listen();
    let session = Rc::clone(&client.session);
    let now = session.now();
    let active = ActiveSession::from_response(TAB_BOUND.as_bytes(), None, now, now.monotonic, 0.0).expect("a session");
    session.apply(session.epoch(), SessionEvent::LoggedIn(active));
    assert_eq!(session.status().get_untracked().is_logged_in(), Some(true));

    let window = web_sys::window().expect("a window");
    window.dispatch_event(&web_sys::Event::new("pagehide").expect("an event")).expect("dispatched");

    assert_eq!(session.status().get_untracked().is_logged_in(), Some(false));
}
