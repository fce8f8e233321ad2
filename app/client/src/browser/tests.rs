//! What only a browser can show of its adapter; everything else is tested natively.

use std::{rc::Rc, time::Duration};

use futures::{
    FutureExt, StreamExt,
    channel::oneshot,
    future::{Either, select},
};
use leptos::{
    prelude::GetUntracked,
    wasm_bindgen::{JsCast, JsValue, prelude::Closure},
};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{BroadcastChannel, MessageEvent, RequestCredentials};

use super::{
    Here,
    locks::{self, Lock, Wish},
    transport, window,
};
use crate::{
    core::Core,
    faults::Faults,
    grant::Granted,
    pass::Proof,
    platform::{Opened, Platform, Turn},
    request::{Body, Method, Request},
    session,
    token::AccessToken,
};

wasm_bindgen_test_configure!(run_in_browser);

async fn ask(turn: Turn, wish: Wish) -> Option<Lock> {
    locks::request(turn, wish).await.expect("this browser has Web Locks")
}

async fn pause(milliseconds: u64) {
    gloo_timers::future::sleep(Duration::from_millis(milliseconds)).await;
}

/// A lock that has been given back is free a moment later.
async fn is_free(turn: Turn) -> bool {
    pause(20).await;
    ask(turn, Wish::IfAvailable).await.is_some()
}

fn proof() -> Proof {
    Proof::Token(AccessToken::parse("a.b.c").expect("a token"))
}

fn here(channel: Option<BroadcastChannel>) -> Here {
    Here { channel, faults: Faults::default() }
}

// 20
#[wasm_bindgen_test]
async fn a_lock_is_nobody_elses_until_it_is_dropped() {
    let lock = ask(Turn::Refresh, Wish::IfAvailable).await.expect("free");
    assert!(ask(Turn::Refresh, Wish::IfAvailable).await.is_none());
    assert!(is_free(Turn::Cookie).await, "the other turn has a lock of its own");

    let next = Box::pin(ask(Turn::Refresh, Wish::InLine));
    let Either::Right(((), next)) = select(next, Box::pin(pause(50))).await else { panic!("given while taken") };
    drop(lock);

    drop(next.await.expect("the lock, in line"));
    assert!(is_free(Turn::Refresh).await);
}

// 21
#[wasm_bindgen_test]
async fn a_lock_can_be_stolen_and_its_former_holder_does_not_give_it_away() {
    let old = ask(Turn::Refresh, Wish::InLine).await;
    let new = ask(Turn::Refresh, Wish::Steal).await.expect("stolen");

    drop(old);
    assert!(!is_free(Turn::Refresh).await);

    drop(new);
    assert!(is_free(Turn::Refresh).await);
}

// 10, 21
#[wasm_bindgen_test]
async fn a_lock_that_nobody_waits_for_any_more_stays_free() {
    let lock = ask(Turn::Cookie, Wish::InLine).await;
    assert!(ask(Turn::Cookie, Wish::InLine).now_or_never().is_none());

    drop(lock);

    assert!(is_free(Turn::Cookie).await);
}

// 22
#[wasm_bindgen_test]
async fn news_reach_the_other_tabs() {
    let (hear, heard) = oneshot::channel();
    let other = BroadcastChannel::new("doorward").expect("a channel");
    let listen = Closure::once_into_js(move |event: MessageEvent| _ = hear.send(event.data().as_string()));
    other.set_onmessage(Some(listen.unchecked_ref()));

    here(BroadcastChannel::new("doorward").ok()).tell("news");

    assert_eq!(heard.await.expect("a message").as_deref(), Some("news"));
}

#[wasm_bindgen_test]
async fn a_browser_without_channels_has_tabs_that_do_not_know_of_each_other() {
    here(None).tell("news");
}

// 23
#[wasm_bindgen_test]
async fn the_steady_clock_goes_on_and_a_skewed_time_of_day_leaves_it_alone() {
    let here = Rc::new(here(None));
    let before = here.now();
    here.faults.skew_clock(3_600_000.0);
    here.sleep(Duration::from_millis(50)).await;
    let after = here.now();

    let passed = after.since(before);
    assert!(passed >= Duration::from_millis(45) && passed < Duration::from_secs(30), "{passed:?}");
    assert!(after.perhaps_since(before) > Duration::from_secs(3_590));
}

#[wasm_bindgen_test]
async fn an_answer_is_read_to_its_end_whatever_its_status() {
    let answer = transport::send(&Request::new(Method::Get, "/there/is/no/such/path"), Some(&proof())).await;
    assert_eq!(answer.expect("an answer").status, 404);
}

#[wasm_bindgen_test]
async fn no_other_origin_gets_to_see_a_token() {
    for elsewhere in ["http://127.0.0.1:1/", "//example.com/", "https://example.com/api/me"] {
        let answer = transport::send(&Request::new(Method::Get, elsewhere), Some(&proof())).await;
        assert!(answer.is_err(), "{elsewhere}");
    }
}

// 11, 16
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

/// A stream of this browser's own, at an address of this origin.
fn stream(text: &str) -> Request {
    let script = "new TextEncoder().encode(text)".replace("text", &format!("{text:?}"));
    let bytes = js_sys::eval(&format!("URL.createObjectURL(new Blob([{script}]))")).expect("an address");
    Request::new(Method::Get, &bytes.as_string().expect("text"))
}

#[wasm_bindgen_test]
async fn a_stream_comes_in_pieces_until_it_ends() {
    let Ok(Opened::Stream(pieces)) = transport::open(&stream("event: done\ndata: 1\n\n"), &proof()).await else {
        panic!("no stream");
    };

    assert_eq!(pieces.concat().await, b"event: done\ndata: 1\n\n");
}

#[wasm_bindgen_test]
async fn whoever_does_not_get_a_stream_gets_the_answer() {
    let opened = transport::open(&Request::new(Method::Get, "/there/is/no/such/path"), &proof()).await;

    let Ok(Opened::Answer(answer)) = opened else { panic!("no answer") };
    assert_eq!(answer.status, 404);
}

// 27, 28
#[wasm_bindgen_test]
fn a_request_carries_what_proves_it_and_nothing_else() {
    let of_session = Proof::Cookie { of: "5f0c".to_owned() };
    let request = Request::new(Method::Get, "/api/me");
    let alone = request.clone().without_cookies();
    for (request, proof, headers, credentials) in [
        (&request, Some(&proof()), [Some("Bearer a.b.c"), None], RequestCredentials::SameOrigin),
        (&request, Some(&of_session), [None, Some("5f0c")], RequestCredentials::SameOrigin),
        (&alone, None, [None, None], RequestCredentials::Omit),
    ] {
        let fetch = transport::build(transport::describe(request, proof), request).expect("a request");
        let sent = ["Authorization", "Doorward-Session"].map(|name| fetch.headers().get(name));
        assert_eq!(sent, headers.map(|text| text.map(str::to_owned)));
        assert_eq!(web_sys::Request::from(fetch).credentials(), credentials);
    }
}

/// What a login is granted whose session no cookie carries.
const GRANT: &str = r#"{
    "access_token": "a.b.c", "token_type": "Bearer", "expires_in": 900,
    "session": {
        "id": "5f0c", "current": true, "policy": "banking", "label": null,
        "device": {"browser": "Firefox", "os": "Linux"}, "ip": "192.0.2.1",
        "created_at": "2026-11-24T13:00:00Z", "last_used_at": "2026-11-24T13:00:00Z", "expires_at": "2026-11-24T13:15:00Z"
    },
    "user": {"id": "7", "name": "Ada", "roles": []}
}"#;

// 19, 27
#[wasm_bindgen_test]
async fn a_session_that_is_the_pages_own_goes_with_the_page() {
    let core = Core::new(here(None), false);
    window::listen(&core);
    let now = core.now();
    let granted = Granted::read(GRANT.as_bytes(), None, now, now.steady, 0.0).expect("a grant");
    core.apply(core.epoch(), session::Event::LoggedIn(granted));
    assert_eq!(core.status().get_untracked().is_logged_in(), Some(true));

    let window = web_sys::window().expect("a window");
    window.dispatch_event(&web_sys::Event::new("pagehide").expect("an event")).expect("dispatched");

    assert_eq!(core.status().get_untracked().is_logged_in(), Some(false));
}
