//! Requests whose bodies can be sent once only.

use leptos::wasm_bindgen::JsValue;

use super::support::{
    policies::{EACH, WITH_REFRESH, under},
    replies::{Reply, problem},
    server::{ME, REFRESH},
    tab::Tab,
};
use crate::{
    Error,
    request::{Body, Method, Request},
};

const UPLOAD: &str = "/api/upload";

/// An upload, whose body only a browser can read.
fn file() -> Request {
    Request::new(Method::Post, UPLOAD).body(Body::Once(JsValue::UNDEFINED))
}

// Behavior 11.
#[test]
fn an_upload_is_sent_once_with_a_refreshed_token() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::with_expired_token(policy);

        assert_eq!(tab.send(file()).succeeded(), 200);

        assert_eq!((tab.refreshes(), tab.server.count(UPLOAD)), (1, 1));
    });
}

// Behavior 11.
#[test]
fn an_upload_whose_token_expires_on_the_way_is_not_repeated_and_the_next_one_succeeds() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::logged_in(policy);
        tab.server.expire_tokens();

        assert_eq!(tab.send(file()).succeeded(), 401);
        assert_eq!((tab.refreshes(), tab.server.count(UPLOAD)), (1, 1));

        assert_eq!(tab.send(file()).succeeded(), 200);
        assert_eq!((tab.refreshes(), tab.server.count(UPLOAD)), (1, 2));
    });
}

// Behavior 11.
#[test]
fn an_upload_without_a_response_is_not_repeated() {
    under(EACH, |policy| {
        let tab = Tab::logged_in(policy);
        tab.server.always_answers(UPLOAD, Reply::ConnectionLost);

        assert_eq!(tab.send(file()).failed(), Error::Unreachable);

        assert_eq!(tab.server.count(UPLOAD), 1);
    });
}

// Behavior 5, 11.
#[test]
fn uploads_that_are_always_rejected_cost_one_refresh() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::logged_in(policy);
        tab.server.always_answers(UPLOAD, problem(401, "token_expired"));

        for _ in 0..10 {
            assert_eq!(tab.send(file()).succeeded(), 401);
        }

        assert_eq!((tab.refreshes(), tab.server.count(UPLOAD)), (1, 10));
        assert_eq!(tab.get(ME).succeeded(), 200);
    });
}

// Behavior 7, 11.
#[test]
fn an_upload_is_not_sent_while_the_token_cannot_be_refreshed() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::with_expired_token(policy);
        tab.server.always_answers(REFRESH, Reply::ConnectionLost);

        assert_eq!(tab.send(file()).failed(), Error::Unreachable);

        assert_eq!(tab.server.count(UPLOAD), 0);
    });
}
