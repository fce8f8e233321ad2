//! Requests whose bodies can be sent once only (11).

use leptos::wasm_bindgen::JsValue;
use macro_rules_attribute::apply;

use super::{
    server::{ME, REFRESH, Reply, problem},
    tab::Tab,
};
use crate::{
    Error,
    request::{Body, Method, Request},
};

const UPLOAD: &str = "/api/upload";

/// A file. What is in it, only a browser would know.
fn file() -> Request {
    Request::new(Method::Post, UPLOAD).body(Body::Once(JsValue::UNDEFINED))
}

// 11
#[apply(under_refreshing_policies!)]
fn a_file_is_sent_with_a_token_that_was_refreshed_before(policy: PolicyName) {
    let tab = Tab::with_dead_token(policy);

    assert_eq!(tab.send(file()).succeeded(), 200);

    assert_eq!((tab.refreshes(), tab.server.count(UPLOAD)), (1, 1));
}

// 11
#[apply(under_refreshing_policies!)]
fn a_file_whose_token_dies_on_the_way_is_not_sent_again_but_the_next_one_goes_through(policy: PolicyName) {
    let tab = Tab::logged_in(policy);
    tab.server.expires_tokens();

    assert_eq!(tab.send(file()).succeeded(), 401);
    assert_eq!((tab.refreshes(), tab.server.count(UPLOAD)), (1, 1));

    assert_eq!(tab.send(file()).succeeded(), 200);
    assert_eq!((tab.refreshes(), tab.server.count(UPLOAD)), (1, 2));
}

// 11
#[apply(under_each_policy!)]
fn a_file_that_got_no_answer_is_not_sent_again(policy: PolicyName) {
    let tab = Tab::logged_in(policy);
    tab.server.answers(UPLOAD, Reply::Broken);

    assert_eq!(tab.send(file()).failed(), Error::Unreachable);

    assert_eq!(tab.server.count(UPLOAD), 1);
}

// 5, 11
#[apply(under_refreshing_policies!)]
fn files_that_are_refused_for_ever_cost_one_refresh(policy: PolicyName) {
    let tab = Tab::logged_in(policy);
    tab.server.answers(UPLOAD, problem(401, "token_expired"));

    for _ in 0..10 {
        assert_eq!(tab.send(file()).succeeded(), 401);
    }

    assert_eq!((tab.refreshes(), tab.server.count(UPLOAD)), (1, 10));
    assert_eq!(tab.get(ME).succeeded(), 200);
}

// 7, 11
#[apply(under_refreshing_policies!)]
fn a_file_is_kept_back_while_there_is_no_token_for_it(policy: PolicyName) {
    let tab = Tab::with_dead_token(policy);
    tab.server.answers(REFRESH, Reply::Broken);

    assert_eq!(tab.send(file()).failed(), Error::Unreachable);

    assert_eq!(tab.server.count(UPLOAD), 0);
}
