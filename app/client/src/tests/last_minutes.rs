//! The end of a session that nothing renews, as the clocks, the server and the person bring it about (26).

use std::time::Duration;

use leptos::wasm_bindgen::JsValue;

use super::{
    lapse::has_lapsed,
    server::{EVENTS, LOGOUT, ME, TOKEN_LIFE, ended},
    tab::Tab,
};
use crate::{
    SessionEnd, Status,
    request::{Body, Method, Request},
};
use doorward_api::{EndReason, PolicyName::Banking};

const SECOND: Duration = Duration::from_secs(1);
/// What is left of a token after one minute.
const FOUR_MINUTES: Duration = Duration::from_mins(4);

fn time_left(tab: &Tab) -> Option<Duration> {
    tab.core.granted(|granted| granted.left(tab.core.now()))
}

#[test]
fn the_countdown_goes_by_the_steady_clock() {
    for clock in [-3600.0, 0.0, 3600.0] {
        let tab = Tab::open(Banking, false);
        tab.set_clock_by(clock);
        tab.start_login().succeeded();
        assert_eq!(time_left(&tab), Some(TOKEN_LIFE));

        tab.advance(60 * SECOND);
        assert_eq!(time_left(&tab), Some(FOUR_MINUTES));
        tab.set_clock_by(-3600.0);
        assert_eq!(time_left(&tab), Some(FOUR_MINUTES));

        tab.advance(TOKEN_LIFE);
        assert_eq!(time_left(&tab), None);
    }
}

#[test]
fn the_countdown_is_right_after_a_sleep() {
    let tab = Tab::logged_in(Banking);
    tab.sleep(60 * SECOND);
    assert_eq!(time_left(&tab), Some(FOUR_MINUTES));

    // As in browsers whose steady clock sleeps too.
    tab.sleep_without_steady_clock(60 * SECOND);
    assert_eq!(time_left(&tab), Some(Duration::from_mins(3)));
}

// 24
#[test]
fn a_sleep_past_the_end_is_over_on_waking() {
    let tab = Tab::logged_in(Banking);
    tab.sleep(TOKEN_LIFE);
    let before = tab.server.total();

    tab.is_seen();

    assert!(has_lapsed(&tab));
    assert_eq!(tab.server.total(), before);
}

// 13, 24: no timer has told so yet.
#[test]
fn a_request_after_a_sleep_past_the_end_is_not_sent() {
    let tab = Tab::logged_in(Banking);
    tab.sleep(TOKEN_LIFE);

    let call = tab.get(ME);

    assert!(has_lapsed(&tab) && call.is_waiting());
    assert_eq!(tab.server.count(ME), 0);
}

// 24: the server is asked, by the stream of a page that is seen.
#[test]
fn a_sleep_past_the_end_that_the_steady_clock_missed_is_found_out_on_waking() {
    let tab = Tab::logged_in(Banking);
    tab.show(true);
    tab.sleep_without_steady_clock(TOKEN_LIFE);
    tab.server.expires_tokens();

    tab.advance(30 * SECOND);

    assert!(has_lapsed(&tab));
    assert_eq!(tab.refreshes(), 0);
}

// 23: the server is asked, by the stream of a page that is seen.
#[test]
fn a_clock_that_is_set_ahead_ends_nothing_and_the_countdown_goes_on() {
    let tab = Tab::logged_in(Banking);
    tab.show(true);
    tab.set_clock_by(3600.0);

    tab.advance(30 * SECOND);
    tab.is_seen();

    assert!(!has_lapsed(&tab));
    assert_eq!(tab.get(ME).succeeded(), 200);
    assert_eq!(time_left(&tab), Some(Duration::from_secs(270)));
    tab.sleep_without_steady_clock(60 * SECOND);
    assert_eq!(time_left(&tab), Some(Duration::from_secs(210)));
    tab.set_clock_by(-3600.0);
    assert_eq!(time_left(&tab), Some(Duration::from_secs(270)));
    tab.advance(TOKEN_LIFE);
    assert!(has_lapsed(&tab));
}

#[test]
fn a_server_that_is_first_to_say_so_ends_it_in_the_same_way() {
    let tab = Tab::logged_in(Banking);
    tab.show(true);
    tab.server.ends_session("expired");
    tab.run();
    assert!(has_lapsed(&tab));

    let tab = Tab::logged_in(Banking);
    tab.server.answers(ME, ended("expired"));
    let call = tab.get(ME);
    assert!(has_lapsed(&tab));
    tab.server.recovers(ME);
    tab.start_login().succeeded();
    assert_eq!(call.succeeded(), 200);
}

#[test]
fn any_other_end_is_one() {
    for (reason, why) in [
        ("revoked", EndReason::Revoked),
        ("policy_changed", EndReason::PolicyChanged),
        ("replaced", EndReason::Replaced),
    ] {
        let tab = Tab::logged_in(Banking);
        tab.server.ends_session(reason);
        tab.get(ME).failed();
        assert_eq!(tab.status(), Status::Anonymous { end: Some(SessionEnd::new(why)) });
        assert_eq!(tab.refreshes(), 0);
    }
}

#[test]
fn a_real_reason_that_comes_after_the_end_takes_the_page_away() {
    let tab = Tab::logged_in(Banking);
    tab.server.holds(ME);
    tab.get(ME);
    tab.advance(TOKEN_LIFE);

    tab.server.answers(ME, ended("revoked"));
    tab.server.releases(ME);
    tab.run();

    assert_eq!(tab.status(), Status::Anonymous { end: Some(SessionEnd::new(EndReason::Revoked)) });
}

#[test]
fn a_login_ahead_of_the_end_leaves_the_page_and_ends_the_old_session() {
    let tab = Tab::logged_in(Banking);
    tab.advance_into(TOKEN_LIFE, 60 * SECOND);
    tab.server.holds("/api/slow");
    let slow = tab.get("/api/slow");

    tab.start_login().succeeded();
    tab.server.releases("/api/slow");
    tab.run();

    assert_eq!(slow.succeeded(), 200, "refused with the old token, and sent again");
    assert_eq!(tab.server.live_sessions(FOUR_MINUTES), 1);
    assert_eq!(time_left(&tab), Some(TOKEN_LIFE));
    assert_eq!(tab.get(ME).succeeded(), 200);
}

#[test]
fn a_session_that_lapsed_early_is_ended_on_the_server() {
    for leaves in [false, true] {
        let tab = Tab::logged_in(Banking);
        tab.core.apply(tab.core.epoch(), crate::session::Event::TokenExpired);
        assert!(has_lapsed(&tab));

        if leaves {
            tab.core.leave();
            tab.run();
        } else {
            tab.start_login().succeeded();
        }

        assert_eq!(tab.server.live_sessions(Duration::ZERO), usize::from(!leaves));
        assert_eq!(tab.server.count(LOGOUT), 1);
    }
}

#[test]
fn the_stream_is_let_go_of_at_the_end_and_opened_again_after_the_login() {
    let tab = Tab::logged_in(Banking);
    tab.show(true);
    tab.advance(TOKEN_LIFE);
    assert_eq!(tab.server.streams.count(), 0);
    tab.advance(600 * SECOND);
    let asked = tab.server.count(EVENTS);

    tab.start_login().succeeded();

    assert_eq!((tab.server.streams.count(), tab.server.count(EVENTS)), (1, asked + 1));
    tab.server.ends_session("revoked");
    tab.run();
    assert!(!tab.is_logged_in());
}

// 11
#[test]
fn a_file_that_was_refused_is_not_sent_again_and_the_next_one_waits() {
    let file = || Request::new(Method::Post, "/api/upload").body(Body::Once(JsValue::UNDEFINED));
    let tab = Tab::logged_in(Banking);
    tab.server.expires_tokens();

    assert_eq!(tab.send(file()).succeeded(), 401);
    assert!(has_lapsed(&tab));
    let next = tab.send(file());
    tab.start_login().succeeded();

    assert_eq!(next.succeeded(), 200);
    assert_eq!(tab.server.count("/api/upload"), 2);
}
