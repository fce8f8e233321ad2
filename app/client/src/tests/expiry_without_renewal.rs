//! The end of a session that is not renewable: countdown, sleep, and ends reported by the server.
//!
//! Behavior 26.

use std::time::Duration;

use doorward_api::{EndReason, PolicyName::Banking};
use leptos::wasm_bindgen::JsValue;

use super::support::{
    replies::session_ended,
    server::{EVENTS, LOGOUT, ME, TOKEN_LIFETIME},
    tab::Tab,
};
use crate::{
    SessionEnd, Status,
    request::{Body, Method, Request},
    state::SessionEvent,
};

const SECOND: Duration = Duration::from_secs(1);
/// Time left of a token after one minute.
const FOUR_MINUTES: Duration = Duration::from_mins(4);

fn time_left(tab: &Tab) -> Option<Duration> {
    tab.client.session.active(|active| active.time_left(tab.client.session.now()))
}

#[test]
fn the_countdown_follows_the_monotonic_clock() {
    for clock in [-3600.0, 0.0, 3600.0] {
        let tab = Tab::open(Banking, false);
        tab.shift_wall_clock(clock);
        tab.log_in().succeeded();
        assert_eq!(time_left(&tab), Some(TOKEN_LIFETIME));

        tab.advance(60 * SECOND);
        assert_eq!(time_left(&tab), Some(FOUR_MINUTES));
        tab.shift_wall_clock(-3600.0);
        assert_eq!(time_left(&tab), Some(FOUR_MINUTES));

        tab.advance(TOKEN_LIFETIME);
        assert_eq!(time_left(&tab), None);
    }
}

#[test]
fn the_countdown_includes_sleep() {
    let tab = Tab::logged_in(Banking);
    tab.sleep(60 * SECOND);
    assert_eq!(time_left(&tab), Some(FOUR_MINUTES));

    // Some browsers stop the monotonic clock during sleep.
    tab.sleep_with_stopped_clock(60 * SECOND);
    assert_eq!(time_left(&tab), Some(Duration::from_mins(3)));
}

// Behavior 24.
#[test]
fn sleep_past_the_end_requires_reauthentication_on_waking() {
    let tab = Tab::logged_in(Banking);
    tab.sleep(TOKEN_LIFETIME);
    let before = tab.server.total();

    tab.resume();

    assert!(tab.requires_reauth());
    assert_eq!(tab.server.total(), before);
}

// Behavior 13, 24. No timer has fired yet.
#[test]
fn a_request_after_sleep_past_the_end_waits() {
    let tab = Tab::logged_in(Banking);
    tab.sleep(TOKEN_LIFETIME);

    let call = tab.get(ME);

    assert!(tab.requires_reauth() && call.is_waiting());
    assert_eq!(tab.server.count(ME), 0);
}

// Behavior 24. The stream of the visible page detects the end.
#[test]
fn sleep_past_the_end_with_a_stopped_clock_is_noticed_on_waking() {
    let tab = Tab::logged_in(Banking);
    tab.set_visible(true);
    tab.sleep_with_stopped_clock(TOKEN_LIFETIME);
    tab.server.expire_tokens();

    tab.advance(30 * SECOND);

    assert!(tab.requires_reauth());
    assert_eq!(tab.refreshes(), 0);
}

// Behavior 23. The stream of the visible page detects the end.
#[test]
fn a_wall_clock_set_ahead_ends_nothing_and_the_countdown_continues() {
    let tab = Tab::logged_in(Banking);
    tab.set_visible(true);
    tab.shift_wall_clock(3600.0);

    tab.advance(30 * SECOND);
    tab.resume();

    assert!(!tab.requires_reauth());
    assert_eq!(tab.get(ME).succeeded(), 200);
    assert_eq!(time_left(&tab), Some(Duration::from_secs(270)));
    tab.sleep_with_stopped_clock(60 * SECOND);
    assert_eq!(time_left(&tab), Some(Duration::from_secs(210)));
    tab.shift_wall_clock(-3600.0);
    assert_eq!(time_left(&tab), Some(Duration::from_secs(270)));
    tab.advance(TOKEN_LIFETIME);
    assert!(tab.requires_reauth());
}

#[test]
fn an_expiry_reported_by_the_server_requires_reauthentication() {
    let tab = Tab::logged_in(Banking);
    tab.set_visible(true);
    tab.server.end_session("expired");
    tab.run();
    assert!(tab.requires_reauth());

    let tab = Tab::logged_in(Banking);
    tab.server.always_answers(ME, session_ended("expired"));
    let call = tab.get(ME);
    assert!(tab.requires_reauth());
    tab.server.recovers(ME);
    tab.log_in().succeeded();
    assert_eq!(call.succeeded(), 200);
}

#[test]
fn any_other_session_end_logs_out() {
    for (sent, reason) in [
        ("revoked", EndReason::Revoked),
        ("policy_changed", EndReason::PolicyChanged),
        ("replaced", EndReason::Replaced),
    ] {
        let tab = Tab::logged_in(Banking);
        tab.server.end_session(sent);
        tab.get(ME).failed();
        assert_eq!(tab.status(), Status::Anonymous { end: Some(SessionEnd::new(reason)) });
        assert_eq!(tab.refreshes(), 0);
    }
}

#[test]
fn a_revocation_after_the_expiry_logs_out() {
    let tab = Tab::logged_in(Banking);
    tab.server.holds(ME);
    tab.get(ME);
    tab.advance(TOKEN_LIFETIME);

    tab.server.always_answers(ME, session_ended("revoked"));
    tab.server.releases(ME);
    tab.run();

    assert_eq!(tab.status(), Status::Anonymous { end: Some(SessionEnd::new(EndReason::Revoked)) });
}

#[test]
fn a_login_before_the_expiry_keeps_the_page_and_ends_the_old_session() {
    let tab = Tab::logged_in(Banking);
    tab.advance_until_left(TOKEN_LIFETIME, 60 * SECOND);
    tab.server.holds("/api/slow");
    let slow = tab.get("/api/slow");

    tab.log_in().succeeded();
    tab.server.releases("/api/slow");
    tab.run();

    assert_eq!(slow.succeeded(), 200, "rejected with the old token, and repeated");
    assert_eq!(tab.server.active_sessions(FOUR_MINUTES), 1);
    assert_eq!(time_left(&tab), Some(TOKEN_LIFETIME));
    assert_eq!(tab.get(ME).succeeded(), 200);
}

#[test]
fn a_session_that_expired_early_is_ended_on_the_server() {
    for leaves in [false, true] {
        let tab = Tab::logged_in(Banking);
        tab.client.session.apply(tab.client.session.epoch(), SessionEvent::TokenExpired);
        assert!(tab.requires_reauth());

        if leaves {
            tab.cancel_reauthentication();
        } else {
            tab.log_in().succeeded();
        }

        assert_eq!(tab.server.active_sessions(Duration::ZERO), usize::from(!leaves));
        assert_eq!(tab.server.count(LOGOUT), 1);
    }
}

#[test]
fn the_stream_closes_at_the_expiry_and_opens_after_the_login() {
    let tab = Tab::logged_in(Banking);
    tab.set_visible(true);
    tab.advance(TOKEN_LIFETIME);
    assert_eq!(tab.server.streams.count(), 0);
    tab.advance(600 * SECOND);
    let opened = tab.server.count(EVENTS);

    tab.log_in().succeeded();

    assert_eq!((tab.server.streams.count(), tab.server.count(EVENTS)), (1, opened + 1));
    tab.server.end_session("revoked");
    tab.run();
    assert!(!tab.is_logged_in());
}

// Behavior 11.
#[test]
fn a_rejected_upload_is_not_repeated_and_the_next_one_waits() {
    let file = || Request::new(Method::Post, "/api/upload").body(Body::Once(JsValue::UNDEFINED));
    let tab = Tab::logged_in(Banking);
    tab.server.expire_tokens();

    assert_eq!(tab.send(file()).succeeded(), 401);
    assert!(tab.requires_reauth());
    let next = tab.send(file());
    tab.log_in().succeeded();

    assert_eq!(next.succeeded(), 200);
    assert_eq!(tab.server.count("/api/upload"), 2);
}
