//! The stream of session ends, and what it costs.
//!
//! Behavior 22.

use std::time::Duration;

use doorward_api::{Device, EndDetails, EndReason, Timestamp};

use super::support::{
    policies::{EACH, RENEWABLE, WITH_COOKIE, under},
    replies::session_ended,
    server::{EVENTS, TOKEN_LIFETIME},
    tab::Tab,
};
use crate::{SessionEnd, Status};

const SECOND: Duration = Duration::from_secs(1);

/// The status after an end on the stream.
pub(super) fn end_on_stream(reason: EndReason) -> Status {
    let by = Some(Device { browser: "Firefox".to_owned(), os: "Linux".to_owned() });
    let ended = Some(EndDetails { at: Timestamp::new("2026-12-01T14:02:00Z"), by });
    Status::Anonymous { end: Some(SessionEnd { reason, details: ended }) }
}

#[test]
fn a_session_end_is_shown_at_once_in_all_tabs_with_time_and_device() {
    under(WITH_COOKIE, |policy| {
        let tabs = Tab::several_visible(policy, 3);
        tabs[1].set_visible(false);

        tabs[0].server.end_session("revoked");
        tabs[0].run();

        for tab in tabs {
            assert_eq!(tab.status(), end_on_stream(EndReason::Revoked));
        }
    });
}

#[test]
fn no_requests_are_sent_after_the_session_end() {
    under(EACH, |policy| {
        let tab = Tab::visible(policy);
        tab.server.end_session("revoked");
        tab.run();
        let before = tab.requests();

        tab.set_visible(false);
        tab.set_visible(true);
        tab.go_online();
        tab.advance(600 * SECOND);

        assert_eq!(tab.requests(), before);
    });
}

#[test]
fn one_stream_serves_all_tabs_and_another_tab_takes_over() {
    under(WITH_COOKIE, |policy| {
        let tabs = Tab::several_visible(policy, 3);
        let streams = &tabs[0].server.streams;
        assert_eq!((streams.count(), tabs[0].server.count(EVENTS)), (1, 1));

        tabs[2].close();
        tabs[0].set_visible(false);
        assert_eq!(streams.count(), 1);
        tabs[0].set_visible(true);
        tabs[1].set_visible(false);
        assert_eq!(streams.count(), 1);

        tabs[0].server.end_session("revoked");
        tabs[0].run();
        assert_eq!(tabs[1].status(), end_on_stream(EndReason::Revoked));
    });
}

#[test]
fn a_hidden_page_has_no_stream_and_shows_the_end_when_visible() {
    under(EACH, |policy| {
        let tab = Tab::visible(policy);
        tab.set_visible(false);
        assert_eq!(tab.server.streams.count(), 0);

        tab.server.end_session("revoked_by_admin");
        tab.run();
        assert!(tab.is_logged_in(), "a hidden page opens no stream");
        tab.set_visible(true);

        assert_eq!(tab.status(), Status::Anonymous { end: Some(SessionEnd::new(EndReason::RevokedByAdmin)) });
    });
}

#[test]
fn a_stream_outlives_its_access_token_without_a_refresh() {
    under(RENEWABLE, |policy| {
        let tab = Tab::visible(policy);
        let refreshes = tab.refreshes();

        tab.advance(10 * TOKEN_LIFETIME);
        tab.server.end_session("revoked");
        tab.run();

        assert_eq!((tab.refreshes(), tab.server.count(EVENTS)), (refreshes, 1));
        assert_eq!(tab.status(), end_on_stream(EndReason::Revoked));
    });
}

#[test]
fn a_logout_closes_the_stream_and_the_next_login_opens_one() {
    under(WITH_COOKIE, |policy| {
        let tabs = Tab::several_visible(policy, 2);
        tabs[0].log_out();
        assert_eq!(tabs[0].server.streams.count(), 0);

        tabs[1].log_in_as("bob").succeeded();
        assert_eq!(tabs[0].server.streams.count(), 1);
        tabs[0].server.end_session("revoked");
        tabs[0].run();

        for tab in tabs {
            assert_eq!(tab.status(), end_on_stream(EndReason::Revoked));
        }
    });
}

#[test]
fn a_late_session_end_does_not_end_the_session_of_the_next_user() {
    under(EACH, |policy| {
        let tab = Tab::visible(policy);
        tab.server.holds(EVENTS);
        tab.set_visible(false);
        tab.set_visible(true);
        tab.log_in_as("bob").succeeded();

        tab.server.always_answers(EVENTS, session_ended("revoked"));
        tab.server.recovers(EVENTS);
        tab.server.releases(EVENTS);
        tab.run();

        assert_eq!(tab.user_name().as_deref(), Some("Bob"));
    });
}
