//! Invalid token responses: an error for the caller, never a panic, never a logout.
//!
//! Behavior 7.

use std::time::Duration;

use doorward_api::PolicyName::{Banking, Retention, ServerSession};
use serde_json::{Value, json};

use super::support::{
    policies::{EACH, TAB_BOUND, WITH_REFRESH, WITH_TOKEN, under},
    replies::reply,
    server::{LOGIN, ME, REFRESH, TOKEN_LIFETIME},
    tab::Tab,
};
use crate::{Error, Status};

/// A valid token response with a change.
fn changed(response: &Value, change: impl FnOnce(&mut Value)) -> String {
    let mut response = response.clone();
    change(&mut response);
    response.to_string()
}

fn without(response: &Value, field: &str) -> String {
    changed(response, |response| _ = response.as_object_mut().expect("an object").remove(field))
}

/// Responses that are invalid under every policy.
fn invalid(response: &Value) -> Vec<String> {
    let whole = response.to_string();
    vec![
        whole[..whole.len() / 2].to_owned(),
        "null".to_owned(),
        "[]".to_owned(),
        "{}".to_owned(),
        changed(response, |response| response["expires_in"] = json!(-1)),
        changed(response, |response| response["expires_in"] = json!(0)),
        changed(response, |response| response["expires_in"] = json!(1.5)),
        changed(response, |response| response["expires_in"] = json!("300")),
        changed(response, |response| response["access_token"] = json!("")),
        changed(response, |response| response["access_token"] = json!("not a token")),
        changed(response, |response| response["access_token"] = json!("a.b.c\r\nX-Header: d")),
        changed(response, |response| response["access_token"] = json!(format!("a.b.{}", "c".repeat(5000)))),
        changed(response, |response| response["token_type"] = json!("DPoP")),
        changed(response, |response| response["refresh_token"] = json!("not a token")),
        changed(response, |response| response["session"] = Value::Null),
        changed(response, |response| response["session"]["policy"] = json!("added in a later version")),
        changed(response, |response| response["session"]["expires_at"] = json!("tomorrow")),
        changed(response, |response| response["session"]["last_used_at"] = json!("2026-99-99T00:00:00Z")),
        changed(response, |response| response["user"]["id"] = json!(7)),
    ]
}

/// Responses that lack a member of this policy, or have one of another.
fn of_another_policy(response: &Value) -> Vec<String> {
    ["access_token", "token_type", "expires_in", "refresh_token"]
        .into_iter()
        .map(|field| match (response.get(field), field) {
            (Some(_), _) => without(response, field),
            (None, "expires_in") => changed(response, |response| response[field] = json!(300)),
            (None, "token_type") => changed(response, |response| response[field] = json!("Bearer")),
            (None, _) => changed(response, |response| response[field] = json!("a.b.c")),
        })
        .collect()
}

// Behavior 7, 36.
#[test]
fn a_refresh_with_an_invalid_token_response_keeps_the_session() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::with_expired_token(policy);
        let valid = tab.server.refresh_response(TOKEN_LIFETIME);
        for response in invalid(&valid).into_iter().chain(of_another_policy(&valid)) {
            tab.server.always_answers(REFRESH, reply(200, response.as_str()));
            tab.advance(Duration::from_mins(1));

            assert_eq!(tab.get(ME).failed(), Error::InvalidResponse { status: 200 }, "{response}");
            assert!(tab.is_logged_in(), "{response}");
        }

        tab.server.recovers(REFRESH);
        tab.go_online();

        assert_eq!(tab.get(ME).succeeded(), 200);
    });
}

#[test]
fn a_login_with_an_invalid_token_response_fails() {
    under(EACH, |policy| {
        let tab = Tab::open(policy, false);
        let valid = tab.server.login_response(Duration::ZERO);
        for response in invalid(&valid).into_iter().chain(of_another_policy(&valid)) {
            tab.server.always_answers(LOGIN, reply(200, response.as_str()));

            assert_eq!(tab.log_in().failed(), Error::InvalidResponse { status: 200 }, "{response}");
            assert_eq!(tab.status(), Status::Anonymous { end: None });
        }
    });
}

// Behavior 13.
#[test]
fn a_session_lasts_at_least_as_long_as_its_token() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::open(policy, false);
        let valid = tab.server.login_response(Duration::ZERO);
        let response =
            changed(&valid, |response| response["session"]["expires_at"] = response["session"]["last_used_at"].clone());
        tab.server.always_answers(LOGIN, reply(200, response));
        tab.log_in().succeeded();

        tab.advance_until_left(TOKEN_LIFETIME, Duration::from_secs(1));

        assert!(tab.is_logged_in());
    });
}

#[test]
fn extreme_lifetimes_are_harmless() {
    under(WITH_TOKEN, |policy| {
        for seconds in [json!(i64::MAX), json!(1)] {
            let tab = Tab::open(policy, false);
            let valid = tab.server.login_response(Duration::ZERO);
            let response = changed(&valid, |response| response["expires_in"] = seconds);
            tab.server.always_answers(LOGIN, reply(200, response));

            tab.log_in().succeeded();

            assert!(tab.is_logged_in());
            assert_eq!(tab.get(ME).succeeded(), 200);
        }
    });
}

// Behavior 26.
#[test]
fn a_non_renewable_session_expires_with_its_token() {
    let tab = Tab::open(Banking, false);
    let valid = tab.server.login_response(Duration::ZERO);
    let response = changed(&valid, |response| response["session"]["expires_at"] = json!("2027-12-01T00:00:00Z"));
    tab.server.always_answers(LOGIN, reply(200, response));
    tab.log_in().succeeded();

    tab.advance(TOKEN_LIFETIME);

    assert!(matches!(tab.status(), Status::ReauthRequired { .. }));
}

// Behavior 27. A correct tab does not forward them.
#[test]
fn forwarded_responses_of_tab_bound_sessions_are_ignored() {
    under(TAB_BOUND, |policy| {
        let tab = Tab::open(Retention, true);
        tab.hydrate();
        tab.server.policy.set(policy);
        let response = changed(&tab.server.login_response(Duration::ZERO), |response| {
            _ = response.as_object_mut().expect("an object").remove("refresh_token");
        });
        let before = tab.status();

        for kind in ["logged-in", "refreshed"] {
            tab.receive(&format!("{kind} 0\n{response}"));
        }

        assert_eq!(tab.status(), before);
    });
}

// Behavior 36. A browser throws when it has to send such a header.
#[test]
fn a_session_id_that_no_header_can_carry_is_refused() {
    let tab = Tab::open(ServerSession, false);
    let valid = tab.server.login_response(Duration::ZERO);
    for id in ["5f\r\n0c", "5f0ç", "\u{0}"] {
        let response = changed(&valid, |response| response["session"]["id"] = json!(id));
        tab.server.always_answers(LOGIN, reply(200, response));

        assert_eq!(tab.log_in().failed(), Error::InvalidResponse { status: 200 });
    }
}
