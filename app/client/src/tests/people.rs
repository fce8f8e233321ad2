//! Who is logged in, in several tabs of one browser.

use std::time::Duration;

use macro_rules_attribute::apply;

use super::{
    server::{LOGOUT, ME, REFRESH, Reply},
    tab::Tab,
};
use crate::{Error, SessionEnd, Status};
use doorward_api::{EndReason, PolicyName::Retention};

const SECOND: Duration = Duration::from_secs(1);
const MILLISECOND: Duration = Duration::from_millis(1);
const LOGGED_OUT: Status = Status::Anonymous { end: Some(SessionEnd::new(EndReason::LoggedOut)) };

// 22
#[apply(under_cookie_policies!)]
fn a_logout_in_one_tab_is_one_in_all(policy: PolicyName) {
    let tabs = Tab::several_with_dead_tokens(policy, 3);

    tabs[0].logout();

    assert!(tabs.iter().all(|tab| tab.status() == LOGGED_OUT));
    assert_eq!(tabs[0].server.count(LOGOUT), 1);
}

// 22
#[apply(under_cookie_policies!)]
fn the_servers_word_to_one_tab_reaches_all(policy: PolicyName) {
    let tabs = Tab::several_with_dead_tokens(policy, 3);
    tabs[0].server.ends_session("revoked");

    tabs[1].get(ME).failed();

    let over = Status::Anonymous { end: Some(SessionEnd::new(EndReason::Revoked)) };
    assert!(tabs.iter().all(|tab| tab.status() == over));
    assert!(tabs[0].refreshes() <= 2 + 1, "each page's first, and perhaps the one that was told");
}

// 16, 22: the cookie that a logout clears may be what another tab lives on.
#[apply(under_cookie_policies!)]
fn a_logout_where_nobody_seems_to_be_is_one_in_all_tabs(policy: PolicyName) {
    let [tab, other] = Tab::two_with_dead_tokens(policy);
    tab.server.ends_session("revoked_by_admin");
    tab.core.restore();
    tab.run();
    assert_eq!(tab.status(), Status::Anonymous { end: Some(SessionEnd::new(EndReason::RevokedByAdmin)) });

    tab.logout();

    assert_eq!(other.status(), LOGGED_OUT);
}

// 15, 22
#[test]
fn a_logout_in_one_tab_discards_the_late_token_of_another() {
    let tabs = Tab::several_with_dead_tokens(Retention, 2);
    tabs[0].server.holds(REFRESH);
    let call = tabs[0].get(ME);

    tabs[1].logout();
    tabs[0].server.releases(REFRESH);
    tabs[0].run();

    assert_eq!(call.failed(), Error::SessionEnded { end: Some(SessionEnd::new(EndReason::LoggedOut)) });
    assert!(tabs.iter().all(|tab| tab.status() == LOGGED_OUT));
}

// 15: in a page that has only just been opened.
#[apply(under_cookie_policies!)]
fn a_logout_reaches_a_tab_that_does_not_know_yet_who_is_there(policy: PolicyName) {
    let tab = Tab::logged_in(policy);
    let new = tab.beside(true);
    tab.server.holds(REFRESH);
    new.hydrate();

    tab.logout();
    tab.server.releases(REFRESH);
    tab.run();

    assert_eq!(new.status(), LOGGED_OUT);
}

// 22
#[apply(under_cookie_policies!)]
fn the_end_of_a_session_that_is_not_the_one_here_changes_nothing_here(policy: PolicyName) {
    let tab = Tab::logged_in(policy);
    let late = tab.logged_in_beside();
    late.freeze();
    tab.start_login_of("bob").succeeded();

    // This one still has Ada's session, and finds out for itself that it is over.
    late.core.wake();
    tab.server.expires_tokens();
    late.thaw();
    _ = late.get(ME).outcome();

    assert_eq!(tab.name().as_deref(), Some("Bob"));
    assert_eq!(tab.server.cookie_owner().as_deref(), Some("bob"));
}

// 18
#[test]
fn another_person_who_logs_in_elsewhere_is_shown_here_and_requests_are_kept_apart() {
    let tabs = Tab::several_with_dead_tokens(Retention, 2);
    tabs[0].server.holds(REFRESH);
    let of_ada = tabs[0].get(ME);

    tabs[1].start_login_of("bob").succeeded();
    tabs[0].server.releases(REFRESH);
    tabs[0].run();

    assert_eq!(of_ada.failed(), Error::SessionEnded { end: None });
    assert_eq!(tabs[0].server.count(ME), 0);
    assert!(tabs.iter().all(|tab| tab.name().as_deref() == Some("Bob")));
    assert_eq!(tabs[0].get(ME).succeeded(), 200);
}

// 18: whoever waits for a turn that has become needless does not wait for its end.
#[test]
fn a_call_in_line_hears_at_once_that_its_session_is_over() {
    let tabs = Tab::several_with_dead_tokens(Retention, 3);
    tabs[0].server.holds(REFRESH);
    let (first, in_line) = (tabs[0].get(ME), tabs[1].get(ME));

    tabs[2].start_login_of("bob").succeeded();

    let over = Error::SessionEnded { end: None };
    assert_eq!(in_line.failed(), over);
    tabs[0].server.releases(REFRESH);
    tabs[0].run();
    assert_eq!(first.failed(), over);
}

// 18
#[apply(under_cookie_policies!)]
fn a_login_in_one_tab_logs_the_others_in(policy: PolicyName) {
    let tab = Tab::open(policy, false);
    let other = tab.beside(false);

    tab.start_login().succeeded();

    assert!(other.is_logged_in());
    assert_eq!(other.get(ME).succeeded(), 200);
    assert_eq!(tab.refreshes(), 0);
}

// 15, 18: Ada's token, asked for before Bob logged in, arrives everywhere after him.
#[apply(under_cookie_policies!)]
fn news_of_an_older_session_do_not_displace_a_newer_one(policy: PolicyName) {
    let tabs = Tab::several_with_dead_tokens(policy, 3);
    tabs[0].server.holds(REFRESH);
    tabs[0].get(ME);
    tabs[0].freeze();
    tabs[0].server.releases(REFRESH);
    tabs[1].start_login_of("bob").succeeded();

    tabs[0].thaw();

    assert!(tabs.iter().all(|tab| tab.name().as_deref() == Some("Bob")));
}

// 16: a logout that the server has not heard of must not end a later login, wherever that was.
#[apply(under_cookie_policies!)]
fn a_login_in_another_tab_makes_a_waiting_logout_pointless(policy: PolicyName) {
    let tab = Tab::logged_in(policy);
    let other = tab.beside(false);
    tab.server.answers(LOGOUT, Reply::Broken);
    tab.logout();
    let attempts = tab.server.count(LOGOUT);

    other.start_login_of("bob").succeeded();
    tab.server.recovers(LOGOUT);
    tab.comes_online();
    tab.advance(60 * SECOND);

    assert_eq!(tab.server.count(LOGOUT), attempts);
    assert_eq!((tab.name().as_deref(), other.name().as_deref()), (Some("Bob"), Some("Bob")));
    assert_eq!(tab.server.cookie_owner().as_deref(), Some("bob"));
}

// 16: the answer to a logout clears the cookie, so it must not come after a login's in another tab.
#[apply(under_cookie_policies!)]
fn a_login_waits_for_a_logout_in_another_tab(policy: PolicyName) {
    let tab = Tab::logged_in(policy);
    let other = tab.logged_in_beside();
    tab.server.holds(LOGOUT);
    tab.logout();

    let login = other.start_login_of("bob");
    tab.advance(5 * SECOND);
    assert!(login.is_waiting());
    tab.server.releases(LOGOUT);
    tab.advance(SECOND);

    login.succeeded();
    assert_eq!(tab.server.cookie_owner().as_deref(), Some("bob"));
    assert!(tab.is_logged_in() && other.is_logged_in());
}
