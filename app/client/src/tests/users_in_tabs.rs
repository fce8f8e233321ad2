//! Which user the tabs of one browser show.

use std::time::Duration;

use doorward_api::{EndReason, PolicyName::Retention};

use super::support::{
    policies::{WITH_COOKIE, under},
    replies::Reply,
    server::{LOGOUT, ME, REFRESH},
    tab::Tab,
};
use crate::{Error, SessionEnd, Status};

const SECOND: Duration = Duration::from_secs(1);
const LOGGED_OUT: Status = Status::Anonymous { end: Some(SessionEnd::new(EndReason::LoggedOut)) };

// Behavior 22.
#[test]
fn a_logout_in_one_tab_logs_out_all() {
    under(WITH_COOKIE, |policy| {
        let tabs = Tab::several_with_expired_tokens(policy, 3);

        tabs[0].log_out();

        assert!(tabs.iter().all(|tab| tab.status() == LOGGED_OUT));
        assert_eq!(tabs[0].server.count(LOGOUT), 1);
    });
}

// Behavior 22.
#[test]
fn a_session_end_received_by_one_tab_reaches_all() {
    under(WITH_COOKIE, |policy| {
        let tabs = Tab::several_with_expired_tokens(policy, 3);
        tabs[0].server.end_session("revoked");

        tabs[1].get(ME).failed();

        let ended = Status::Anonymous { end: Some(SessionEnd::new(EndReason::Revoked)) };
        assert!(tabs.iter().all(|tab| tab.status() == ended));
        assert!(tabs[0].refreshes() <= 2 + 1, "the first one of each page, and perhaps the one that was refused");
    });
}

// Behavior 16, 22. Another tab may have a session with the cookie that the logout clears.
#[test]
fn a_logout_in_an_anonymous_tab_logs_out_all() {
    under(WITH_COOKIE, |policy| {
        let [tab, other] = Tab::two_with_expired_tokens(policy);
        tab.server.end_session("revoked_by_admin");
        tab.restore_page();
        assert_eq!(tab.status(), Status::Anonymous { end: Some(SessionEnd::new(EndReason::RevokedByAdmin)) });

        tab.log_out();

        assert_eq!(other.status(), LOGGED_OUT);
    });
}

// Behavior 15, 22.
#[test]
fn a_logout_in_one_tab_discards_the_late_token_of_another() {
    let tabs = Tab::several_with_expired_tokens(Retention, 2);
    tabs[0].server.holds(REFRESH);
    let call = tabs[0].get(ME);

    tabs[1].log_out();
    tabs[0].server.releases(REFRESH);
    tabs[0].run();

    assert_eq!(call.failed(), Error::SessionEnded { end: Some(SessionEnd::new(EndReason::LoggedOut)) });
    assert!(tabs.iter().all(|tab| tab.status() == LOGGED_OUT));
}

// Behavior 15.
#[test]
fn a_logout_reaches_a_tab_whose_status_is_unknown() {
    under(WITH_COOKIE, |policy| {
        let tab = Tab::logged_in(policy);
        let new = tab.open_another(true);
        tab.server.holds(REFRESH);
        new.hydrate();

        tab.log_out();
        tab.server.releases(REFRESH);
        tab.run();

        assert_eq!(new.status(), LOGGED_OUT);
    });
}

// Behavior 22.
#[test]
fn the_end_of_another_session_changes_nothing() {
    under(WITH_COOKIE, |policy| {
        let tab = Tab::logged_in(policy);
        let late = tab.another_logged_in();
        late.freeze();
        tab.log_in_as("bob").succeeded();

        // This tab still has the session of Ada and detects its end without a message.
        late.client.resume();
        tab.server.expire_tokens();
        late.thaw();
        _ = late.get(ME).result();

        assert_eq!(tab.user_name().as_deref(), Some("Bob"));
        assert_eq!(tab.server.cookie_owner().as_deref(), Some("bob"));
    });
}

// Behavior 18.
#[test]
fn a_login_of_another_user_in_one_tab_is_shown_in_all_and_requests_are_kept_apart() {
    let tabs = Tab::several_with_expired_tokens(Retention, 2);
    tabs[0].server.holds(REFRESH);
    let of_ada = tabs[0].get(ME);

    tabs[1].log_in_as("bob").succeeded();
    tabs[0].server.releases(REFRESH);
    tabs[0].run();

    assert_eq!(of_ada.failed(), Error::SessionEnded { end: None });
    assert_eq!(tabs[0].server.count(ME), 0);
    assert!(tabs.iter().all(|tab| tab.user_name().as_deref() == Some("Bob")));
    assert_eq!(tabs[0].get(ME).succeeded(), 200);
}

// Behavior 18.
#[test]
fn a_call_that_waits_for_a_lock_fails_at_once_when_its_session_is_replaced() {
    let tabs = Tab::several_with_expired_tokens(Retention, 3);
    tabs[0].server.holds(REFRESH);
    let (first, in_line) = (tabs[0].get(ME), tabs[1].get(ME));

    tabs[2].log_in_as("bob").succeeded();

    let ended = Error::SessionEnded { end: None };
    assert_eq!(in_line.failed(), ended);
    tabs[0].server.releases(REFRESH);
    tabs[0].run();
    assert_eq!(first.failed(), ended);
}

// Behavior 18.
#[test]
fn a_login_in_one_tab_logs_in_all() {
    under(WITH_COOKIE, |policy| {
        let tab = Tab::open(policy, false);
        let other = tab.open_another(false);

        tab.log_in().succeeded();

        assert!(other.is_logged_in());
        assert_eq!(other.get(ME).succeeded(), 200);
        assert_eq!(tab.refreshes(), 0);
    });
}

// Behavior 15, 18. Ada's token was requested before Bob logged in and arrives everywhere after that.
#[test]
fn messages_about_an_older_session_do_not_replace_a_newer_one() {
    under(WITH_COOKIE, |policy| {
        let tabs = Tab::several_with_expired_tokens(policy, 3);
        tabs[0].server.holds(REFRESH);
        tabs[0].get(ME);
        tabs[0].freeze();
        tabs[0].server.releases(REFRESH);
        tabs[1].log_in_as("bob").succeeded();

        tabs[0].thaw();

        assert!(tabs.iter().all(|tab| tab.user_name().as_deref() == Some("Bob")));
    });
}

// Behavior 16.
#[test]
fn a_login_in_another_tab_cancels_a_pending_logout() {
    under(WITH_COOKIE, |policy| {
        let tab = Tab::logged_in(policy);
        let other = tab.open_another(false);
        tab.server.always_answers(LOGOUT, Reply::ConnectionLost);
        tab.log_out();
        let attempts = tab.server.count(LOGOUT);

        other.log_in_as("bob").succeeded();
        tab.server.recovers(LOGOUT);
        tab.go_online();
        tab.advance(60 * SECOND);

        assert_eq!(tab.server.count(LOGOUT), attempts);
        assert_eq!((tab.user_name().as_deref(), other.user_name().as_deref()), (Some("Bob"), Some("Bob")));
        assert_eq!(tab.server.cookie_owner().as_deref(), Some("bob"));
    });
}

// Behavior 16. The response to the logout clears the cookie, so it must not arrive after that to the login.
#[test]
fn a_login_waits_for_a_logout_in_another_tab() {
    under(WITH_COOKIE, |policy| {
        let tab = Tab::logged_in(policy);
        let other = tab.another_logged_in();
        tab.server.holds(LOGOUT);
        tab.log_out();

        let login = other.log_in_as("bob");
        tab.advance(5 * SECOND);
        assert!(login.is_waiting());
        tab.server.releases(LOGOUT);
        tab.advance(SECOND);

        login.succeeded();
        assert_eq!(tab.server.cookie_owner().as_deref(), Some("bob"));
        assert!(tab.is_logged_in() && other.is_logged_in());
    });
}
