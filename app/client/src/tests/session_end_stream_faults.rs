//! Streams of session ends that break, are rejected, or do not exist.
//!
//! Behavior 22.

use std::time::Duration;

use doorward_api::{EndReason, PolicyName};

use super::{
    session_end_stream::end_on_stream,
    support::{
        policies::{EACH, WITH_REFRESH, under},
        replies::{Reply, problem, reply, retry_after},
        server::{EVENTS, ME},
        tab::Tab,
    },
};
use crate::{SessionEnd, Status};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_broken_stream_is_reopened_silently() {
    under(EACH, |policy| {
        let tab = Tab::visible(policy);
        tab.advance(60 * SECOND);

        tab.cut_streams();
        assert!(tab.is_logged_in() && tab.is_online());
        tab.advance(SECOND);

        assert_eq!((tab.server.streams.count(), tab.server.count(EVENTS)), (1, 2));
        tab.server.end_session("revoked");
        tab.run();
        assert_eq!(tab.status(), end_on_stream(EndReason::Revoked));
    });
}

#[test]
fn a_silently_lost_stream_is_reopened_within_a_minute() {
    under(EACH, |policy| {
        let tab = Tab::visible(policy);
        tab.advance(60 * SECOND);
        tab.server.streams.lose();
        tab.advance(40 * SECOND);
        assert_eq!(tab.server.count(EVENTS), 1);

        tab.advance(10 * SECOND);

        assert_eq!((tab.server.streams.count(), tab.server.count(EVENTS)), (1, 2));
        tab.server.end_session("revoked");
        tab.run();
        assert_eq!(tab.status(), end_on_stream(EndReason::Revoked));
    });
}

#[test]
fn a_stream_request_without_a_response_is_repeated() {
    under(EACH, |policy| {
        let tab = Tab::logged_in(policy);
        tab.server.holds(EVENTS);
        tab.set_visible(true);
        tab.advance(10 * SECOND);
        assert_eq!(tab.server.count(EVENTS), 1);

        tab.server.stops_holding(EVENTS);
        tab.advance(10 * SECOND);

        assert_eq!((tab.server.streams.count(), tab.server.count(EVENTS)), (1, 2));
    });
}

#[test]
fn a_session_end_while_the_stream_is_broken_is_not_missed() {
    under(EACH, |policy| {
        let tab = Tab::visible(policy);
        tab.server.streams.cut();
        tab.server.end_session("revoked");
        tab.run();

        tab.advance(SECOND);

        assert_eq!(tab.status(), Status::Anonymous { end: Some(SessionEnd::new(EndReason::Revoked)) });
    });
}

#[test]
fn failing_streams_are_reopened_with_back_off_and_the_session_stays() {
    under(EACH, |policy| {
        for fault in
            [Reply::ConnectionLost, problem(500, "internal"), reply(200, "<html>Welcome to the airport</html>")]
        {
            let tab = Tab::visible(policy);
            tab.server.always_answers(EVENTS, fault);
            tab.cut_streams();

            tab.advance(60 * SECOND);

            let opened = tab.server.count(EVENTS);
            assert!((5..10).contains(&opened), "{opened}");
            assert!(tab.is_logged_in() && tab.is_online());
        }
    });
}

#[test]
fn reopening_respects_retry_after() {
    under(EACH, |policy| {
        let tab = Tab::visible(policy);
        tab.server.always_answers(EVENTS, retry_after(60, problem(429, "too_many_attempts")));
        tab.cut_streams();
        tab.advance(2 * SECOND);
        let opened = tab.server.count(EVENTS);

        tab.go_online();
        tab.advance(57 * SECOND);
        assert_eq!(tab.server.count(EVENTS), opened);
        tab.advance(5 * SECOND);
        assert_eq!(tab.server.count(EVENTS), opened + 1);
    });
}

#[test]
fn a_server_without_the_stream_gets_no_second_request() {
    under(EACH, |policy| {
        let tab = Tab::logged_in(policy);
        tab.server.always_answers(EVENTS, problem(404, "not_found"));

        tab.set_visible(true);
        tab.advance(240 * SECOND);

        assert_eq!(tab.server.count(EVENTS), 1);
        assert_eq!(tab.get(ME).succeeded(), 200);
    });
}

#[test]
fn a_token_that_expires_on_the_way_is_refreshed() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::logged_in(policy);
        tab.server.expire_tokens();

        tab.set_visible(true);
        tab.advance(2 * SECOND);

        assert_eq!((tab.refreshes(), tab.server.streams.count()), (1, 1));
    });
}

// Behavior 5.
#[test]
fn a_stream_that_is_always_rejected_costs_one_refresh() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::visible(policy);
        tab.server.always_answers(EVENTS, problem(401, "token_invalid"));
        tab.cut_streams();

        tab.advance(240 * SECOND);

        assert_eq!(tab.refreshes(), 1);
        assert!(tab.server.count(EVENTS) > 2 && tab.is_logged_in());
    });
}

// Behavior 35.
#[test]
fn a_stream_that_denies_a_session_which_each_refresh_confirms_is_retried_with_back_off() {
    for code in ["session_missing", "token_missing", "session_ended"] {
        let tab = Tab::logged_in(PolicyName::ServerSession);
        tab.server.always_answers(EVENTS, problem(401, code));

        tab.set_visible(true);
        tab.advance(240 * SECOND);

        assert!((2..25).contains(&tab.refreshes()), "{code}: {} refreshes", tab.refreshes());
        assert!(tab.is_logged_in());
        tab.server.recovers(EVENTS);
        tab.advance(40 * SECOND);
        assert_eq!(tab.server.streams.count(), 1);
    }
}

#[test]
fn retry_after_outlives_the_visibility_of_the_page() {
    under(EACH, |policy| {
        let tab = Tab::visible(policy);
        tab.server.always_answers(EVENTS, retry_after(60, problem(503, "unavailable")));
        tab.cut_streams();
        tab.advance(2 * SECOND);
        let opened = tab.server.count(EVENTS);

        for _ in 0..10 {
            tab.set_visible(false);
            tab.set_visible(true);
            tab.advance(SECOND);
        }

        assert_eq!(tab.server.count(EVENTS), opened);
    });
}
