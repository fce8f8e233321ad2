//! A session that nothing renews (26): its end, and the login over the page.

use std::time::Duration;

use super::{
    server::{LOGIN, LOGOUT, ME, TOKEN_LIFE, ended, problem},
    tab::Tab,
};
use crate::{Error, Identity, SessionEnd, Status};
use doorward_api::{EndReason, PolicyName::Banking};

const SECOND: Duration = Duration::from_secs(1);
const EXPIRED: Option<SessionEnd> = Some(SessionEnd::new(EndReason::Expired));

pub(super) fn has_lapsed(tab: &Tab) -> bool {
    matches!(tab.status(), Status::ReauthRequired { .. })
}

#[test]
fn a_token_is_used_up_to_its_end() {
    let tab = Tab::logged_in(Banking);

    tab.advance_into(TOKEN_LIFE, SECOND);

    assert_eq!(tab.get(ME).succeeded(), 200);
    assert_eq!((tab.refreshes(), tab.requests()), (0, 1));
}

#[test]
fn nothing_makes_it_ask_for_another_token() {
    let tab = Tab::logged_in(Banking);
    tab.server.answers("/api/broken", problem(401, "token_invalid"));
    for wall in [0.0, 3600.0, -7200.0] {
        tab.set_clock_by(wall);
        tab.get(ME).succeeded();
        assert_eq!(tab.get("/api/broken").succeeded(), 401);
        tab.show(true);
        tab.is_seen();
        tab.core.lose_network();
        tab.comes_online();
        tab.refresh().succeeded();
        tab.advance(60 * SECOND);
    }
    tab.sleep(TOKEN_LIFE);
    tab.is_seen();
    tab.refresh().succeeded();
    tab.advance(TOKEN_LIFE);

    assert!(has_lapsed(&tab));
    assert_eq!(tab.refreshes(), 0);
}

#[test]
fn at_its_end_the_page_stays_the_persons() {
    let tab = Tab::logged_in(Banking);
    tab.advance_into(TOKEN_LIFE, SECOND);
    assert!(!has_lapsed(&tab));

    tab.advance(SECOND);

    assert!(has_lapsed(&tab));
    assert_eq!(tab.status().is_logged_in(), Some(true));
    assert!(matches!(tab.status().identity(), Identity::User { name, .. } if name == "Ada"));
    assert!(tab.is_online());
}

#[test]
fn requests_wait_until_the_person_is_back_and_go_out_once() {
    let tab = Tab::with_dead_token(Banking);
    let calls: Vec<_> = (0..100).map(|_| tab.get(ME)).collect();
    tab.advance(3600 * SECOND);
    assert_eq!(tab.server.count(ME), 0);

    tab.start_login().succeeded();

    assert!(calls.into_iter().all(|call| call.succeeded() == 200));
    assert_eq!((tab.server.count(ME), tab.refreshes()), (100, 0));
    assert!(tab.is_logged_in() && !has_lapsed(&tab));
}

#[test]
fn requests_that_were_refused_are_sent_again_once() {
    let tab = Tab::logged_in(Banking);
    tab.server.expires_tokens();
    let calls = [tab.get(ME), tab.get(ME)];
    assert!(has_lapsed(&tab) && calls.iter().all(super::call::Call::is_waiting));

    tab.start_login().succeeded();

    assert!(calls.into_iter().all(|call| call.succeeded() == 200));
    // The second of them waited from the start.
    assert_eq!(tab.server.count(ME), 3);
}

#[test]
fn a_request_that_came_back_after_the_login_is_sent_again_once() {
    for refusal in [problem(401, "token_expired"), ended("logged_out")] {
        let tab = Tab::logged_in(Banking);
        tab.server.holds(ME);
        let call = tab.get(ME);
        tab.start_login().succeeded();

        tab.server.answers(ME, refusal);
        tab.server.releases(ME);
        tab.server.holds(ME);
        tab.run();
        tab.server.recovers(ME);
        tab.server.releases(ME);
        tab.run();

        assert_eq!(call.succeeded(), 200);
        assert_eq!(tab.server.count(ME), 2);
        assert!(tab.is_logged_in());
    }
}

#[test]
fn an_answer_that_was_on_its_way_over_the_end_and_the_login_is_the_persons() {
    let tab = Tab::logged_in(Banking);
    tab.server.holds(ME);
    let call = tab.get(ME);
    tab.server.answers(ME, super::server::reply(200, "[]"));
    tab.advance(TOKEN_LIFE);
    tab.start_login().succeeded();

    tab.server.releases(ME);
    tab.run();

    assert_eq!(call.succeeded(), 200);
    assert_eq!(tab.server.count(ME), 1);
}

// 18
#[test]
fn another_person_gets_none_of_the_requests_that_waited() {
    let tab = Tab::logged_in(Banking);
    tab.server.expires_tokens();
    let refused = tab.get("/api/refused");
    let waiting = tab.get(ME);

    tab.start_login_of("bob").succeeded();

    for call in [refused, waiting] {
        assert_eq!(call.failed(), Error::SessionEnded { end: None });
    }
    assert_eq!((tab.server.count(ME), tab.server.count("/api/refused")), (0, 1));
    assert_eq!(tab.name().as_deref(), Some("Bob"));
}

#[test]
fn whoever_leaves_takes_the_requests_along() {
    let tab = Tab::with_dead_token(Banking);
    let call = tab.get(ME);

    tab.core.leave();
    tab.run();

    assert_eq!(call.failed(), Error::SessionEnded { end: EXPIRED });
    assert_eq!(tab.status(), Status::Anonymous { end: EXPIRED });
    assert_eq!((tab.server.count(ME), tab.server.count(LOGOUT)), (0, 0));
}

#[test]
fn whoever_has_not_lapsed_cannot_leave_so() {
    let tab = Tab::logged_in(Banking);

    tab.core.leave();

    assert!(tab.is_logged_in());
}

#[test]
fn a_logout_over_the_page_is_one() {
    let tab = Tab::with_dead_token(Banking);
    let call = tab.get(ME);

    tab.logout();

    let why = Some(SessionEnd::new(EndReason::LoggedOut));
    assert_eq!(call.failed(), Error::SessionEnded { end: why.clone() });
    assert_eq!(tab.status(), Status::Anonymous { end: why });
    assert_eq!(tab.server.count(LOGOUT), 0, "the session is over by itself");
}

#[test]
fn a_login_that_is_refused_changes_nothing() {
    let tab = Tab::with_dead_token(Banking);
    let call = tab.get(ME);
    tab.server.answers(LOGIN, problem(401, "invalid_credentials"));

    tab.start_login().failed();

    assert!(has_lapsed(&tab) && call.is_waiting());
    tab.server.recovers(LOGIN);
    tab.start_login().succeeded();
    assert_eq!(call.succeeded(), 200);
}

#[test]
fn a_second_end_is_like_the_first() {
    let tab = Tab::with_dead_token(Banking);
    tab.start_login().succeeded();

    tab.advance(TOKEN_LIFE);

    assert!(has_lapsed(&tab));
    let call = tab.get(ME);
    tab.start_login().succeeded();
    assert_eq!(call.succeeded(), 200);
}

#[test]
fn a_caller_that_goes_away_leaves_nothing_behind() {
    let tab = Tab::with_dead_token(Banking);
    tab.get(ME).drop_it();

    tab.start_login().succeeded();

    assert_eq!(tab.server.count(ME), 0);
}

// 5
#[test]
fn an_application_that_refuses_every_token_asks_the_person_once() {
    let tab = Tab::logged_in(Banking);
    tab.server.answers(ME, problem(401, "token_expired"));
    let call = tab.get(ME);
    assert!(has_lapsed(&tab));
    tab.start_login().succeeded();
    assert_eq!(call.succeeded(), 401);

    for _ in 0..5 {
        assert_eq!(tab.get(ME).succeeded(), 401);
        assert_eq!(tab.get("/api/other").succeeded(), 200);
    }

    assert!(!has_lapsed(&tab));
}
