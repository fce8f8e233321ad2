//! Grants that are none (7): an error that callers can tell, never a panic, never a logout.

use std::time::Duration;

use macro_rules_attribute::apply;
use serde_json::{Value, json};

use super::{
    server::{LOGIN, ME, REFRESH, TOKEN_LIFE, reply},
    tab::Tab,
};
use crate::{Error, Status};
use doorward_api::PolicyName::{Banking, Retention};

/// A good grant, spoilt.
fn spoilt(grant: &Value, spoil: impl FnOnce(&mut Value)) -> String {
    let mut grant = grant.clone();
    spoil(&mut grant);
    grant.to_string()
}

fn without(grant: &Value, field: &str) -> String {
    spoilt(grant, |grant| _ = grant.as_object_mut().expect("an object").remove(field))
}

/// What is no grant under any policy.
fn unsound(grant: &Value) -> Vec<String> {
    let whole = grant.to_string();
    vec![
        whole[..whole.len() / 2].to_owned(),
        "null".to_owned(),
        "[]".to_owned(),
        "{}".to_owned(),
        spoilt(grant, |grant| grant["expires_in"] = json!(-1)),
        spoilt(grant, |grant| grant["expires_in"] = json!(0)),
        spoilt(grant, |grant| grant["expires_in"] = json!(1.5)),
        spoilt(grant, |grant| grant["expires_in"] = json!("300")),
        spoilt(grant, |grant| grant["access_token"] = json!("")),
        spoilt(grant, |grant| grant["access_token"] = json!("not a token")),
        spoilt(grant, |grant| grant["access_token"] = json!("a.b.c\r\nX-Header: d")),
        spoilt(grant, |grant| grant["token_type"] = json!("DPoP")),
        spoilt(grant, |grant| grant["refresh_token"] = json!("not a token")),
        spoilt(grant, |grant| grant["session"] = Value::Null),
        spoilt(grant, |grant| grant["session"]["policy"] = json!("of a later version")),
        spoilt(grant, |grant| grant["session"]["expires_at"] = json!("tomorrow")),
        spoilt(grant, |grant| grant["session"]["last_used_at"] = json!("2026-99-99T00:00:00Z")),
        spoilt(grant, |grant| grant["user"]["id"] = json!(7)),
    ]
}

/// Each token that a grant should carry is missing once, and each that it should not carry is there once.
fn of_another_policy(grant: &Value) -> Vec<String> {
    ["access_token", "token_type", "expires_in", "refresh_token"]
        .into_iter()
        .map(|field| match (grant.get(field), field) {
            (Some(_), _) => without(grant, field),
            (None, "expires_in") => spoilt(grant, |grant| grant[field] = json!(300)),
            (None, "token_type") => spoilt(grant, |grant| grant[field] = json!("Bearer")),
            (None, _) => spoilt(grant, |grant| grant[field] = json!("a.b.c")),
        })
        .collect()
}

// 7
#[apply(under_refreshing_policies!)]
fn a_refresh_that_brings_no_sound_grant_leaves_the_session_as_it_is(policy: PolicyName) {
    let tab = Tab::with_dead_token(policy);
    let sound = tab.server.grant(TOKEN_LIFE);
    for grant in unsound(&sound).into_iter().chain(of_another_policy(&sound)) {
        tab.server.answers(REFRESH, reply(200, grant.as_str()));
        tab.advance(Duration::from_mins(1));

        assert_eq!(tab.get(ME).failed(), Error::Unreachable, "{grant}");
        assert!(tab.is_logged_in(), "{grant}");
    }

    tab.server.recovers(REFRESH);
    tab.comes_online();

    assert_eq!(tab.get(ME).succeeded(), 200);
}

#[apply(under_each_policy!)]
fn a_login_that_brings_no_sound_grant_is_no_login(policy: PolicyName) {
    let tab = Tab::open(policy, false);
    let sound = tab.server.grant_at_login(Duration::ZERO);
    for grant in unsound(&sound).into_iter().chain(of_another_policy(&sound)) {
        tab.server.answers(LOGIN, reply(200, grant.as_str()));

        assert_eq!(tab.start_login().failed(), Error::Unreachable, "{grant}");
        assert_eq!(tab.status(), Status::Anonymous { end: None });
    }
}

// 13
#[apply(under_refreshing_policies!)]
fn a_session_lives_at_least_as_long_as_its_token(policy: PolicyName) {
    let tab = Tab::open(policy, false);
    let sound = tab.server.grant_at_login(Duration::ZERO);
    let grant = spoilt(&sound, |grant| grant["session"]["expires_at"] = grant["session"]["last_used_at"].clone());
    tab.server.answers(LOGIN, reply(200, grant));
    tab.start_login().succeeded();

    tab.advance_into(TOKEN_LIFE, Duration::from_secs(1));

    assert!(tab.is_logged_in());
}

#[apply(under_token_policies!)]
fn absurd_lives_do_no_harm(policy: PolicyName) {
    for seconds in [json!(i64::MAX), json!(1)] {
        let tab = Tab::open(policy, false);
        let sound = tab.server.grant_at_login(Duration::ZERO);
        let grant = spoilt(&sound, |grant| grant["expires_in"] = seconds);
        tab.server.answers(LOGIN, reply(200, grant));

        tab.start_login().succeeded();

        assert!(tab.is_logged_in());
        assert_eq!(tab.get(ME).succeeded(), 200);
    }
}

// 26
#[test]
fn a_session_that_nothing_renews_ends_with_its_token() {
    let tab = Tab::open(Banking, false);
    let sound = tab.server.grant_at_login(Duration::ZERO);
    let grant = spoilt(&sound, |grant| grant["session"]["expires_at"] = json!("2027-12-01T00:00:00Z"));
    tab.server.answers(LOGIN, reply(200, grant));
    tab.start_login().succeeded();

    tab.advance(TOKEN_LIFE);

    assert!(matches!(tab.status(), Status::ReauthRequired { .. }));
}

// 27: of another tab, which should not have told.
#[apply(under_policies_of_one_tab!)]
fn a_grant_of_one_tab_alone_is_no_news(policy: PolicyName) {
    let tab = Tab::open(Retention, true);
    tab.hydrate();
    tab.server.policy.set(policy);
    let grant = spoilt(&tab.server.grant_at_login(Duration::ZERO), |grant| {
        _ = grant.as_object_mut().expect("an object").remove("refresh_token");
    });
    let before = tab.status();

    for news in ["logged-in", "refreshed"] {
        tab.core.heard(&format!("{news} 0\n{grant}"));
    }

    assert_eq!(tab.status(), before);
}
