//! A session that lives and dies with its tab, and is nothing to the others (27).

use std::time::Duration;

use macro_rules_attribute::apply;

use super::{
    replies::session_life,
    server::{LOGOUT, ME, REFRESH, Received, Reply, SESSION_LIFE, TOKEN_LIFE, ended, problem},
    tab::Tab,
};
use crate::{Connection, Error, SessionEnd, Status};
use doorward_api::{
    EndReason,
    PolicyName::{MemoryOnly, Retention},
};

const SECOND: Duration = Duration::from_secs(1);
const LOGGED_OUT: Status = Status::Anonymous { end: Some(SessionEnd::new(EndReason::LoggedOut)) };

/// The logouts that the server got.
fn logouts(tab: &Tab) -> Vec<Received> {
    tab.server.received().into_iter().filter(|received| received.path == LOGOUT).collect()
}

/// One browser in which Ada is logged in in one tab alone, and Bob in another by a cookie.
fn ada_alone_and_bob(policy: doorward_api::PolicyName) -> [Tab; 2] {
    let tab = Tab::logged_in(policy);
    tab.server.policy.set(Retention);
    let other = tab.beside(false);
    other.start_login_of("bob").succeeded();
    [tab, other]
}

#[apply(under_policies_of_one_tab!)]
fn other_tabs_hear_nothing_of_it(policy: PolicyName) {
    let tab = Tab::open(policy, false);
    let other = tab.beside(false);
    tab.start_login().succeeded();
    tab.server.answers(REFRESH, Reply::Broken);
    tab.advance_into(TOKEN_LIFE, 5 * SECOND);
    tab.get(ME).succeeded();
    tab.server.recovers(REFRESH);
    tab.comes_online();
    tab.logout();
    tab.start_login().succeeded();
    tab.server.ends_session("revoked");
    tab.get(ME).failed();

    assert_eq!(tab.world.told(), [""; 0]);
    assert_eq!(other.status(), Status::Anonymous { end: None });
}

#[apply(under_policies_of_one_tab!)]
fn what_happens_in_other_tabs_changes_nothing_here(policy: PolicyName) {
    let [tab, other] = ada_alone_and_bob(policy);
    other.refresh().succeeded();
    other.server.answers(REFRESH, Reply::Broken);
    other.refresh().failed();
    assert_ne!(other.connection(), Connection::Online);
    other.logout();
    other.start_login_of("bob").succeeded();
    other.server.ends_session("revoked");
    other.get(ME).failed();
    for news in ["ended logged_out -\n", "ended revoked -\nsession 1 of bob"] {
        tab.core.heard(news);
    }

    assert_eq!(tab.name().as_deref(), Some("Ada"));
    assert!(tab.is_online());
    assert_eq!(tab.get(ME).succeeded(), 200);
}

#[apply(under_policies_of_one_tab!)]
fn it_goes_with_its_page(policy: PolicyName) {
    let tab = Tab::logged_in(policy);
    let call = {
        tab.server.holds(ME);
        tab.get(ME)
    };

    tab.goes();

    assert_eq!(tab.status(), LOGGED_OUT);
    assert_eq!(tab.server.live_sessions(Duration::ZERO), 0);
    tab.comes_back();
    tab.server.releases(ME);
    tab.run();
    assert_eq!(tab.status(), LOGGED_OUT);
    assert!(matches!(call.failed(), Error::SessionEnded { .. }));
    assert_eq!(tab.refreshes(), 0);
}

// 19: where a browser does not say that the page goes.
#[apply(under_policies_of_one_tab!)]
fn a_page_that_comes_back_has_it_no_more(policy: PolicyName) {
    let tab = Tab::logged_in(policy);

    tab.comes_back();

    assert_eq!(tab.status(), LOGGED_OUT);
    assert_eq!(tab.server.live_sessions(Duration::ZERO), 0);
}

#[apply(under_cookie_policies!)]
fn a_session_of_all_tabs_stays_when_a_page_goes(policy: PolicyName) {
    let tab = Tab::logged_in(policy);

    tab.goes();
    tab.comes_back();

    assert!(tab.is_logged_in());
    assert_eq!(tab.server.count(LOGOUT), 0);
}

#[apply(under_policies_of_one_tab!)]
fn its_logout_proves_itself_and_leaves_the_cookie_of_others_alone(policy: PolicyName) {
    let [tab, other] = ada_alone_and_bob(policy);

    tab.logout();

    let [logout] = logouts(&tab).try_into().expect("one logout");
    assert!(logout.bearer.is_some() && !logout.has_cookie);
    let refresh_token = (policy == MemoryOnly).then(|| r#"{"refresh_token":"refresh.token.0"}"#.to_owned());
    assert_eq!(logout.body, refresh_token);
    assert_eq!(tab.server.live_sessions(Duration::ZERO), 1);
    assert_eq!(tab.status(), LOGGED_OUT);
    assert_eq!(other.name().as_deref(), Some("Bob"));
    assert_eq!(other.refresh().outcome(), Ok(()));
}

// 17
#[test]
fn a_logout_with_a_dead_token_shows_the_refresh_token_only() {
    let tab = Tab::with_dead_token(MemoryOnly);

    tab.logout();

    let [logout] = logouts(&tab).try_into().expect("one logout");
    assert_eq!(logout.bearer, None);
    assert_eq!((tab.refreshes(), tab.server.live_sessions(TOKEN_LIFE)), (0, 0));
}

// 16
#[apply(under_policies_of_one_tab!)]
fn a_logout_without_a_network_is_told_when_it_can_be_whoever_is_there_by_then(policy: PolicyName) {
    let tab = Tab::logged_in(policy);
    tab.server.answers(LOGOUT, Reply::Broken);
    tab.logout();
    assert!(!tab.is_online());
    tab.start_login_of("bob").succeeded();
    assert!(tab.is_online());
    tab.advance(60 * SECOND);
    assert!(tab.is_online() && tab.server.count(LOGOUT) > 2);

    tab.server.recovers(LOGOUT);
    tab.comes_online();

    assert_eq!(tab.server.live_sessions(60 * SECOND), 1);
    assert_eq!(tab.get(ME).succeeded(), 200);
    let told = tab.server.count(LOGOUT);
    tab.advance(60 * SECOND);
    assert_eq!(tab.server.count(LOGOUT), told);
}

// 16
#[apply(under_policies_of_one_tab!)]
fn a_logout_is_not_told_any_more_when_the_session_is_over_by_itself(policy: PolicyName) {
    let tab = Tab::logged_in(policy);
    tab.server.answers(LOGOUT, problem(503, "unavailable"));
    tab.logout();

    tab.advance(session_life(policy) + 60 * SECOND);
    let told = tab.server.count(LOGOUT);
    tab.advance(SESSION_LIFE);

    assert_eq!(tab.server.count(LOGOUT), told);
    assert!(tab.is_online());
}

#[apply(under_policies_of_one_tab!)]
fn a_login_in_its_place_ends_it_on_the_server(policy: PolicyName) {
    for next in doorward_api::PolicyName::ALL {
        let tab = Tab::logged_in(policy);
        tab.server.policy.set(next);

        tab.start_login_of("bob").succeeded();

        assert_eq!(tab.server.live_sessions(Duration::ZERO), 1, "{next:?}");
        assert_eq!(tab.name().as_deref(), Some("Bob"));
        assert_eq!(tab.get(ME).succeeded(), 200);
    }
}

#[apply(under_cookie_policies!)]
fn a_session_of_all_tabs_that_it_replaces_is_over_in_all_of_them(policy: PolicyName) {
    let tab = Tab::logged_in(policy);
    let other = tab.logged_in_beside();
    tab.server.policy.set(MemoryOnly);

    tab.start_login_of("bob").succeeded();

    assert_eq!(tab.name().as_deref(), Some("Bob"));
    assert_eq!(other.status(), Status::Anonymous { end: Some(SessionEnd::new(EndReason::Replaced)) });
}

// The tab that has logged in did not know of the session that the server found in the cookie.
#[apply(under_cookie_policies!)]
fn a_session_that_was_replaced_unheard_says_so_when_it_is_found_out(policy: PolicyName) {
    let tab = Tab::logged_in(MemoryOnly);
    tab.server.policy.set(policy);
    let other = tab.beside(false);
    other.start_login_of("bob").succeeded();
    other.show(true);
    tab.server.policy.set(MemoryOnly);
    tab.start_login().succeeded();

    other.get(ME).outcome().expect_err("it is over");

    let Status::Anonymous { end: Some(why) } = other.status() else { panic!("nobody is there") };
    assert_eq!(why.reason, EndReason::Replaced);
    assert_eq!(tab.name().as_deref(), Some("Ada"));
}

#[apply(under_policies_of_one_tab!)]
fn its_end_by_a_newer_login_is_told_as_it_is(policy: PolicyName) {
    let [tab, _other] = ada_alone_and_bob(policy);
    tab.server.answers(ME, ended("replaced"));

    tab.get(ME).failed();

    assert_eq!(tab.status(), Status::Anonymous { end: Some(SessionEnd::new(EndReason::Replaced)) });
    assert_eq!(tab.refreshes(), 0);
}

#[apply(under_policies_of_one_tab!)]
fn each_tab_has_a_stream_of_its_own(policy: PolicyName) {
    let tab = Tab::logged_in(policy);
    let other = tab.beside(false);
    other.start_login_of("bob").succeeded();
    tab.show(true);
    other.show(true);
    assert_eq!(tab.server.streams.count(), 2);

    tab.server.ends_session("revoked");
    tab.run();

    assert!(tab.is_logged_in() && !other.is_logged_in());
}

// 20, 21: no tab waits for another one's refresh of something else.
#[test]
fn a_refresh_waits_for_no_other_tab() {
    let [tab, other] = ada_alone_and_bob(MemoryOnly);
    tab.advance(TOKEN_LIFE);
    tab.server.holds(REFRESH);
    let call = other.get(ME);
    let refreshes = tab.refreshes();

    let own = tab.get(ME);

    assert_eq!(tab.refreshes(), refreshes + 1);
    tab.server.releases(REFRESH);
    tab.run();
    assert_eq!((own.succeeded(), call.succeeded()), (200, 200));
    for refresh in tab.server.received().into_iter().filter(|received| received.path == REFRESH) {
        assert_ne!(refresh.has_cookie, refresh.body.is_some(), "what proves one session goes alone");
    }
    assert_eq!((tab.name().as_deref(), other.name().as_deref()), (Some("Ada"), Some("Bob")));
}

// R26
#[test]
fn a_refresh_token_goes_to_the_refresh_and_the_logout_and_nowhere_else() {
    let tab = Tab::logged_in(MemoryOnly);
    tab.show(true);
    for _ in 0..3 {
        tab.get(ME).succeeded();
        tab.advance(TOKEN_LIFE);
    }
    tab.start_login().succeeded();
    tab.logout();

    for received in tab.server.received() {
        let has_it = received.body.is_some_and(|body| body.contains("refresh.token"));
        assert_eq!(has_it, [REFRESH, LOGOUT].contains(&received.path.as_str()), "{}", received.path);
        assert!(received.bearer.is_none_or(|bearer| !bearer.contains("refresh")));
    }
    assert!(tab.world.told().iter().all(|news| !news.contains("token")));
}
