//! Requests that require a recent proof of the user: refused, confirmed and repeated.
//!
//! Behavior 39.

use doorward_api::{ChallengePurpose, ErrorCode};
use leptos::wasm_bindgen::JsValue;

use super::support::{
    call::Call,
    confirmations::{CONFIRM, CONFIRM_WITHIN, DANGEROUS},
    factors::{CHALLENGE, RIGHT_CODE},
    policies::{EACH, RENEWABLE, TAB_BOUND, WITH_COOKIE, WITH_REFRESH, under},
    replies::problem,
    server::{ME, REFRESH, TOKEN_LIFETIME},
    tab::Tab,
};
use crate::{
    Error,
    request::{Body, Method, Request},
};

#[test]
fn a_recent_proof_needs_no_confirmation() {
    under(EACH, |policy| {
        let tab = Tab::logged_in(policy);
        tab.watch_confirmations();
        assert_eq!(tab.get(DANGEROUS).succeeded(), 200);
        assert!(!tab.asks_for_confirmation());
        assert_eq!((tab.server.count(DANGEROUS), tab.refreshes()), (1, 0));
    });
}

#[test]
fn a_refused_request_asks_the_user_and_is_repeated_once_with_the_same_body() {
    under(EACH, |policy| {
        let tab = Tab::with_old_proof(policy);
        let epoch = tab.client.session.epoch();
        let request = Request::new(Method::Post, DANGEROUS).json(&"disable bob");
        let call = tab.send(request);
        assert!(tab.asks_for_confirmation() && call.is_waiting());
        let before = tab.server.count(DANGEROUS);

        tab.confirm().succeeded();

        assert_eq!(call.succeeded(), 200);
        assert!(!tab.asks_for_confirmation());
        let sent = tab.server.received_at(DANGEROUS);
        assert_eq!(sent.len(), before + 1);
        assert!(sent.iter().all(|sent| sent.body.as_deref() == Some("\"disable bob\"")));
        assert!(tab.is_logged_in() && !tab.requires_reauth());
        assert_eq!(tab.client.session.epoch(), epoch, "the page stays as it is");
    });
}

#[test]
fn the_client_refreshes_once_before_it_asks() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::with_old_proof(policy);
        let call = tab.get(DANGEROUS);
        assert!(tab.asks_for_confirmation());
        assert_eq!((tab.refreshes(), tab.server.count(DANGEROUS)), (1, 2));
        tab.confirm().succeeded();
        assert_eq!(call.succeeded(), 200);
        assert_eq!(tab.refreshes(), 1);
    });
}

/// Its message was lost, with its tab.
#[test]
fn a_confirmation_in_another_tab_is_found_by_the_refresh() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::with_old_proof(policy);
        tab.server.is_confirmed_elsewhere(tab.browser.elapsed());
        assert_eq!(tab.get(DANGEROUS).succeeded(), 200);
        assert_eq!((tab.refreshes(), tab.server.count(DANGEROUS), tab.server.count(CONFIRM)), (1, 2, 0));
    });
}

#[test]
fn a_confirmation_in_one_tab_counts_for_the_others_that_share_the_session() {
    under(WITH_COOKIE, |policy| {
        let tab = Tab::with_old_proof(policy);
        let other = tab.another_logged_in();
        other.watch_confirmations();
        let calls = [tab.get(DANGEROUS), other.get(DANGEROUS)];
        assert!(tab.asks_for_confirmation() && other.asks_for_confirmation());

        other.confirm().succeeded();

        assert!(calls.into_iter().all(|call| call.succeeded() == 200));
        assert!(!tab.asks_for_confirmation() && !other.asks_for_confirmation());
        assert_eq!(tab.server.count(CONFIRM), 1);
    });
}

#[test]
fn a_confirmation_counts_for_this_session_alone_where_a_tab_has_its_own() {
    under(TAB_BOUND, |policy| {
        let tab = Tab::with_old_proof(policy);
        let other = tab.open_another(false);
        other.log_in().succeeded();
        other.watch_confirmations();
        other.advance(CONFIRM_WITHIN);
        let call = tab.get(DANGEROUS);
        other.confirm().succeeded();
        assert!(tab.asks_for_confirmation() && call.is_waiting());
    });
}

#[test]
fn several_requests_at_once_ask_once() {
    under(EACH, |policy| {
        let tab = Tab::with_old_proof(policy);
        let calls: Vec<_> = (0..100).map(|_| tab.get(DANGEROUS)).collect();
        assert!(tab.asks_for_confirmation() && tab.refreshes() <= 1);

        tab.confirm().succeeded();

        assert!(calls.into_iter().all(|call| call.succeeded() == 200));
        assert!(!tab.asks_for_confirmation());
        assert_eq!(tab.server.count(CONFIRM), 1);
    });
}

#[test]
fn canceling_gives_every_caller_the_error_and_does_not_log_out() {
    under(EACH, |policy| {
        let tab = Tab::with_old_proof(policy);
        let calls = [tab.get(DANGEROUS), tab.get(DANGEROUS)];
        let before = tab.server.count(DANGEROUS);

        tab.cancel_confirmation();

        assert!(calls.into_iter().all(|call| call.succeeded() == 401));
        assert!(!tab.asks_for_confirmation() && tab.is_logged_in());
        assert_eq!((tab.server.count(DANGEROUS), tab.server.count(CONFIRM)), (before, 0));
        assert_eq!(tab.get(ME).succeeded(), 200);
        // The next one asks again.
        let call = tab.get(DANGEROUS);
        assert!(tab.asks_for_confirmation());
        tab.confirm().succeeded();
        assert_eq!(call.succeeded(), 200);
    });
}

#[test]
fn a_wrong_password_keeps_the_requests_waiting() {
    under(EACH, |policy| {
        let tab = Tab::with_old_proof(policy);
        let call = tab.get(DANGEROUS);
        let error = tab.confirm_with("wrong").failed();
        assert!(matches!(error, Error::Problem(problem) if problem.code == ErrorCode::InvalidCredentials));
        assert!(tab.asks_for_confirmation() && call.is_waiting() && tab.is_logged_in());
        tab.confirm().succeeded();
        assert_eq!(call.succeeded(), 200);
    });
}

// Behavior 41.
#[test]
fn an_account_with_a_second_factor_is_confirmed_by_both() {
    under(EACH, |policy| {
        let tab = Tab::with_old_proof(policy);
        tab.server.requires_factor.set(true);
        let call = tab.get(DANGEROUS);
        let refreshes = tab.refreshes();
        let Error::Problem(problem) = tab.confirm().failed() else { panic!("a problem") };
        assert_eq!(problem.code, ErrorCode::SecondFactorRequired);
        assert_eq!(problem.methods.map(|methods| methods.len()), Some(3));
        assert!(tab.asks_for_confirmation() && call.is_waiting() && tab.is_logged_in());
        assert_eq!(tab.refreshes(), refreshes);

        tab.confirm_with_code(RIGHT_CODE).succeeded();

        assert_eq!(call.succeeded(), 200);
    });
}

// Behavior 41.
#[test]
fn a_passkey_confirms_alone_and_its_challenge_asks_for_no_confirmation() {
    under(EACH, |policy| {
        let tab = Tab::with_old_proof(policy);
        tab.server.requires_factor.set(true);
        let call = tab.get(DANGEROUS);
        tab.challenge(ChallengePurpose::Confirm, None).succeeded();
        tab.confirm_with_passkey().succeeded();
        assert_eq!(call.succeeded(), 200);

        tab.server.always_answers(CHALLENGE, problem(401, "step_up_required"));
        tab.challenge(ChallengePurpose::Passkey, None).failed();
        assert!(!tab.asks_for_confirmation());
    });
}

#[test]
fn a_server_that_is_never_satisfied_causes_no_loop() {
    under(EACH, |policy| {
        let tab = Tab::with_old_proof(policy);
        tab.server.always_answers("/api/strict", problem(401, "step_up_required"));
        let call = tab.get("/api/strict");
        tab.confirm().succeeded();
        assert_eq!(call.succeeded(), 401);
        assert!(!tab.asks_for_confirmation() && tab.server.count("/api/strict") <= 3);
        assert!(tab.is_logged_in());
    });
}

/// It shows no dialog, so that a request would wait forever.
#[test]
fn an_application_that_does_not_ask_gets_the_error() {
    under(EACH, |policy| {
        let tab = Tab::logged_in(policy);
        tab.advance(CONFIRM_WITHIN);
        assert_eq!(tab.get(DANGEROUS).succeeded(), 401);
        assert!(tab.is_logged_in());
    });
}

// Behavior 11.
#[test]
fn an_upload_is_sent_once_and_gets_the_error() {
    under(EACH, |policy| {
        let tab = Tab::with_old_proof(policy);
        let upload = Request::new(Method::Post, DANGEROUS).body(Body::Once(JsValue::NULL));
        assert_eq!(tab.send(upload).succeeded(), 401);
        assert!(!tab.asks_for_confirmation());
        assert_eq!(tab.server.count(DANGEROUS), 1);
    });
}

#[test]
fn the_dialog_closes_when_no_caller_is_left() {
    under(EACH, |policy| {
        let tab = Tab::with_old_proof(policy);
        let calls = [tab.get(DANGEROUS), tab.get(DANGEROUS)];
        let [first, second] = calls;
        first.cancel();
        tab.run();
        assert!(tab.asks_for_confirmation());
        second.cancel();
        tab.run();
        assert!(!tab.asks_for_confirmation());
    });
}

#[test]
fn a_stale_token_is_refreshed_before_the_confirmation() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::with_expired_token(policy);
        tab.watch_confirmations();
        let call = tab.get(DANGEROUS);
        tab.advance(TOKEN_LIFETIME);
        tab.server.expire_tokens();
        tab.confirm().succeeded();
        assert_eq!(call.succeeded(), 200);
        assert_eq!(tab.server.count(CONFIRM), 1);
    });
}

// Behavior 7.
#[test]
fn a_refresh_that_fails_gives_a_clear_error_and_does_not_log_out() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::with_old_proof(policy);
        tab.server.always_answers(REFRESH, problem(503, "unavailable"));
        assert_eq!(tab.get(DANGEROUS).failed(), Error::Unreachable);
        assert!(!tab.asks_for_confirmation() && tab.is_logged_in());
    });
}

#[test]
fn a_confirmation_of_the_users_own_accord_is_possible_at_any_time() {
    under(RENEWABLE, |policy| {
        let tab = Tab::with_old_proof(policy);
        tab.confirm().succeeded();
        assert_eq!(tab.get(DANGEROUS).succeeded(), 200);
        assert_eq!(tab.server.count(DANGEROUS), 1);
        // The next refresh keeps the proof.
        tab.refresh().succeeded();
        assert_eq!(tab.get(DANGEROUS).succeeded(), 200);
    });
}

#[test]
fn other_requests_do_not_wait_for_the_confirmation() {
    under(EACH, |policy| {
        let tab = Tab::with_old_proof(policy);
        let call: Call<u16> = tab.get(DANGEROUS);
        assert_eq!(tab.get(ME).succeeded(), 200);
        assert!(call.is_waiting());
    });
}
