//! The end of a session that the server tells: 22, and what it costs.

use std::time::Duration;

use macro_rules_attribute::apply;

use super::{
    replies::ended,
    server::{EVENTS, ME, Reply, TOKEN_LIFE, problem, reply, wait_for},
    tab::Tab,
};
use crate::{SessionEnd, Status};
use doorward_api::{Device, EndDetails, EndReason, PolicyName, Timestamp};

const SECOND: Duration = Duration::from_secs(1);

/// How the server tells of an end.
fn end(reason: EndReason) -> Status {
    let by = Some(Device { browser: "Firefox".to_owned(), os: "Linux".to_owned() });
    let ended = Some(EndDetails { at: Timestamp::new("2026-12-01T14:02:00Z"), by });
    Status::Anonymous { end: Some(SessionEnd { reason, details: ended }) }
}

fn in_front(policy: PolicyName) -> Tab {
    let tab = Tab::logged_in(policy);
    tab.show(true);
    tab
}

/// The connections break that stand open.
fn cut(tab: &Tab) {
    tab.server.streams.cut();
    tab.run();
}

#[apply(under_cookie_policies!)]
fn an_end_elsewhere_is_shown_at_once_in_all_tabs_with_when_and_from_where(policy: PolicyName) {
    let tabs = Tab::several_in_front(policy, 3);
    tabs[1].show(false);

    tabs[0].server.ends_session("revoked");
    tabs[0].run();

    for tab in tabs {
        assert_eq!(tab.status(), end(EndReason::Revoked));
    }
}

#[apply(under_each_policy!)]
fn after_the_end_nothing_is_asked_any_more(policy: PolicyName) {
    let tab = in_front(policy);
    tab.server.ends_session("revoked");
    tab.run();
    let before = tab.requests();

    tab.show(false);
    tab.show(true);
    tab.comes_online();
    tab.advance(600 * SECOND);

    assert_eq!(tab.requests(), before);
}

#[apply(under_cookie_policies!)]
fn one_stream_serves_all_tabs_and_when_its_tab_is_gone_another_one_takes_over(policy: PolicyName) {
    let tabs = Tab::several_in_front(policy, 3);
    let streams = &tabs[0].server.streams;
    assert_eq!((streams.count(), tabs[0].server.count(EVENTS)), (1, 1));

    tabs[2].close();
    tabs[0].show(false);
    assert_eq!(streams.count(), 1);
    tabs[0].show(true);
    tabs[1].show(false);
    assert_eq!(streams.count(), 1);

    tabs[0].server.ends_session("revoked");
    tabs[0].run();
    assert_eq!(tabs[1].status(), end(EndReason::Revoked));
}

#[apply(under_each_policy!)]
fn a_hidden_page_holds_nothing_and_hears_of_the_end_when_it_is_seen_again(policy: PolicyName) {
    let tab = in_front(policy);
    tab.show(false);
    assert_eq!(tab.server.streams.count(), 0);

    tab.server.ends_session("revoked_by_admin");
    tab.run();
    assert!(tab.is_logged_in(), "nobody looks, so nobody asks");
    tab.show(true);

    assert_eq!(tab.status(), Status::Anonymous { end: Some(SessionEnd::new(EndReason::RevokedByAdmin)) });
}

#[apply(under_renewable_policies!)]
fn a_stream_outlives_the_token_that_opened_it_without_a_refresh(policy: PolicyName) {
    let tab = in_front(policy);
    let refreshes = tab.refreshes();

    tab.advance(10 * TOKEN_LIFE);
    tab.server.ends_session("revoked");
    tab.run();

    assert_eq!((tab.refreshes(), tab.server.count(EVENTS)), (refreshes, 1));
    assert_eq!(tab.status(), end(EndReason::Revoked));
}

#[apply(under_each_policy!)]
fn a_stream_that_breaks_is_opened_again_and_nobody_is_told(policy: PolicyName) {
    let tab = in_front(policy);
    tab.advance(60 * SECOND);

    cut(&tab);
    assert!(tab.is_logged_in() && tab.is_online());
    tab.advance(SECOND);

    assert_eq!((tab.server.streams.count(), tab.server.count(EVENTS)), (1, 2));
    tab.server.ends_session("revoked");
    tab.run();
    assert_eq!(tab.status(), end(EndReason::Revoked));
}

#[apply(under_each_policy!)]
fn a_stream_that_dies_without_a_word_is_opened_again_within_a_minute(policy: PolicyName) {
    let tab = in_front(policy);
    tab.advance(60 * SECOND);
    tab.server.streams.lose();
    tab.advance(40 * SECOND);
    assert_eq!(tab.server.count(EVENTS), 1);

    tab.advance(10 * SECOND);

    assert_eq!((tab.server.streams.count(), tab.server.count(EVENTS)), (1, 2));
    tab.server.ends_session("revoked");
    tab.run();
    assert_eq!(tab.status(), end(EndReason::Revoked));
}

#[apply(under_each_policy!)]
fn a_stream_that_nobody_answers_is_asked_for_again(policy: PolicyName) {
    let tab = Tab::logged_in(policy);
    tab.server.holds(EVENTS);
    tab.show(true);
    tab.advance(10 * SECOND);
    assert_eq!(tab.server.count(EVENTS), 1);

    tab.server.answers_again(EVENTS);
    tab.advance(10 * SECOND);

    assert_eq!((tab.server.streams.count(), tab.server.count(EVENTS)), (1, 2));
}

#[apply(under_each_policy!)]
fn what_ended_while_the_stream_was_broken_is_not_missed(policy: PolicyName) {
    let tab = in_front(policy);
    tab.server.streams.cut();
    tab.server.ends_session("revoked");
    tab.run();

    tab.advance(SECOND);

    assert_eq!(tab.status(), Status::Anonymous { end: Some(SessionEnd::new(EndReason::Revoked)) });
}

#[apply(under_each_policy!)]
fn a_server_without_an_answer_is_asked_less_and_less_and_the_session_stays(policy: PolicyName) {
    for fault in [Reply::Broken, problem(500, "internal"), reply(200, "<html>Welcome to the airport</html>")] {
        let tab = in_front(policy);
        tab.server.answers(EVENTS, fault);
        cut(&tab);

        tab.advance(60 * SECOND);

        let asked = tab.server.count(EVENTS);
        assert!((5..10).contains(&asked), "{asked}");
        assert!(tab.is_logged_in() && tab.is_online());
    }
}

#[apply(under_each_policy!)]
fn a_server_that_asks_to_be_left_alone_is(policy: PolicyName) {
    let tab = in_front(policy);
    tab.server.answers(EVENTS, wait_for(60, problem(429, "too_many_attempts")));
    cut(&tab);
    tab.advance(2 * SECOND);
    let asked = tab.server.count(EVENTS);

    tab.comes_online();
    tab.advance(57 * SECOND);
    assert_eq!(tab.server.count(EVENTS), asked);
    tab.advance(5 * SECOND);
    assert_eq!(tab.server.count(EVENTS), asked + 1);
}

#[apply(under_each_policy!)]
fn a_server_that_has_no_such_stream_is_not_asked_again(policy: PolicyName) {
    let tab = Tab::logged_in(policy);
    tab.server.answers(EVENTS, problem(404, "not_found"));

    tab.show(true);
    tab.advance(240 * SECOND);

    assert_eq!(tab.server.count(EVENTS), 1);
    assert_eq!(tab.get(ME).succeeded(), 200);
}

#[apply(under_refreshing_policies!)]
fn a_token_that_dies_on_the_way_is_replaced(policy: PolicyName) {
    let tab = Tab::logged_in(policy);
    tab.server.expires_tokens();

    tab.show(true);
    tab.advance(2 * SECOND);

    assert_eq!((tab.refreshes(), tab.server.streams.count()), (1, 1));
}

#[apply(under_cookie_policies!)]
fn a_logout_lets_go_of_the_stream_and_the_next_login_has_one_of_its_own(policy: PolicyName) {
    let tabs = Tab::several_in_front(policy, 2);
    tabs[0].logout();
    assert_eq!(tabs[0].server.streams.count(), 0);

    tabs[1].start_login_of("bob").succeeded();
    assert_eq!(tabs[0].server.streams.count(), 1);
    tabs[0].server.ends_session("revoked");
    tabs[0].run();

    for tab in tabs {
        assert_eq!(tab.status(), end(EndReason::Revoked));
    }
}

#[apply(under_each_policy!)]
fn an_end_that_comes_when_somebody_else_is_there_is_not_theirs(policy: PolicyName) {
    let tab = in_front(policy);
    tab.server.holds(EVENTS);
    tab.show(false);
    tab.show(true);
    tab.start_login_of("bob").succeeded();

    tab.server.answers(EVENTS, ended("revoked"));
    tab.server.recovers(EVENTS);
    tab.server.releases(EVENTS);
    tab.run();

    assert_eq!(tab.name().as_deref(), Some("Bob"));
}

// 5
#[apply(under_refreshing_policies!)]
fn a_stream_that_is_refused_for_ever_costs_one_refresh(policy: PolicyName) {
    let tab = in_front(policy);
    tab.server.answers(EVENTS, problem(401, "token_invalid"));
    cut(&tab);

    tab.advance(240 * SECOND);

    assert_eq!(tab.refreshes(), 1);
    assert!(tab.server.count(EVENTS) > 2 && tab.is_logged_in());
}

#[apply(under_each_policy!)]
fn a_server_that_asks_to_be_left_alone_is_whoever_comes_and_goes(policy: PolicyName) {
    let tab = in_front(policy);
    tab.server.answers(EVENTS, wait_for(60, problem(503, "unavailable")));
    cut(&tab);
    tab.advance(2 * SECOND);
    let asked = tab.server.count(EVENTS);

    for _ in 0..10 {
        tab.show(false);
        tab.show(true);
        tab.advance(SECOND);
    }

    assert_eq!(tab.server.count(EVENTS), asked);
}
