//! Grants that are none (7): an error that callers can tell, never a panic, never a logout.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    server::{LOGIN, ME, REFRESH, TOKEN_LIFE, reply},
    tab::Tab,
};
use crate::client::{Error, Status};

/// A good grant, spoilt.
fn spoilt(tab: &Tab, spoil: impl FnOnce(&mut Value)) -> String {
    let mut grant = tab.server.grant(Duration::ZERO);
    spoil(&mut grant);
    grant.to_string()
}

fn unsound(tab: &Tab) -> Vec<String> {
    let whole = spoilt(tab, |_| {});
    vec![
        whole[..whole.len() / 2].to_owned(),
        "null".to_owned(),
        "[]".to_owned(),
        "{}".to_owned(),
        spoilt(tab, |grant| _ = grant.as_object_mut().expect("an object").remove("expires_in")),
        spoilt(tab, |grant| grant["expires_in"] = json!(-1)),
        spoilt(tab, |grant| grant["expires_in"] = json!(0)),
        spoilt(tab, |grant| grant["expires_in"] = json!(1.5)),
        spoilt(tab, |grant| grant["expires_in"] = json!("300")),
        spoilt(tab, |grant| grant["expires_in"] = Value::Null),
        spoilt(tab, |grant| grant["access_token"] = json!("")),
        spoilt(tab, |grant| grant["access_token"] = json!("not a token")),
        spoilt(tab, |grant| grant["access_token"] = json!("a.b.c\r\nX-Header: d")),
        spoilt(tab, |grant| grant["access_token"] = Value::Null),
        spoilt(tab, |grant| grant["token_type"] = json!("DPoP")),
        spoilt(tab, |grant| grant["session"] = Value::Null),
        spoilt(tab, |grant| grant["session"]["expires_at"] = json!("tomorrow")),
        spoilt(tab, |grant| grant["session"]["last_used_at"] = json!("2026-99-99T00:00:00Z")),
        spoilt(tab, |grant| grant["user"]["id"] = json!(7)),
    ]
}

// 7
#[test]
fn a_refresh_that_brings_no_sound_grant_leaves_the_session_as_it_is() {
    let tab = Tab::with_dead_token();
    for grant in unsound(&tab) {
        tab.server.answers(REFRESH, reply(200, grant.as_str()));
        tab.advance(Duration::from_mins(1));

        assert_eq!(tab.get(ME).failed(), Error::Unreachable, "{grant}");
        assert!(tab.is_logged_in(), "{grant}");
    }

    tab.server.recovers(REFRESH);
    tab.comes_online();

    assert_eq!(tab.get(ME).succeeded(), 200);
}

#[test]
fn a_login_that_brings_no_sound_grant_is_no_login() {
    let tab = Tab::open(false);
    for grant in unsound(&tab) {
        tab.server.answers(LOGIN, reply(200, grant.as_str()));

        assert_eq!(tab.start_login().failed(), Error::Unreachable, "{grant}");
        assert_eq!(tab.status(), Status::Anonymous { why: None });
    }
}

// 13
#[test]
fn a_session_lives_at_least_as_long_as_its_token() {
    let tab = Tab::open(false);
    let grant = spoilt(&tab, |grant| grant["session"]["expires_at"] = grant["session"]["last_used_at"].clone());
    tab.server.answers(LOGIN, reply(200, grant));
    tab.start_login().succeeded();

    tab.advance_into(TOKEN_LIFE, Duration::from_secs(1));

    assert!(tab.is_logged_in());
}

#[test]
fn absurd_lives_do_no_harm() {
    for seconds in [json!(i64::MAX), json!(1)] {
        let tab = Tab::open(false);
        let grant = spoilt(&tab, |grant| grant["expires_in"] = seconds);
        tab.server.answers(LOGIN, reply(200, grant));

        tab.start_login().succeeded();

        assert!(tab.is_logged_in());
        assert_eq!(tab.get(ME).succeeded(), 200);
    }
}
