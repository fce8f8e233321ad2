//! Page loads with other tabs open: one refresh on the wire.
//!
//! Behavior 20.

use std::time::Duration;

use doorward_api::{
    EndReason,
    PolicyName::{self, Retention, ServerSession},
};

use super::support::{
    policies::{TAB_BOUND, WITH_COOKIE, under},
    replies::{Reply, session_ended},
    server::{LOGIN, ME, REFRESH, TOKEN_LIFETIME},
    tab::Tab,
};
use crate::{Connection, Error, SessionEnd, Status};

const SECOND: Duration = Duration::from_secs(1);
const MILLISECOND: Duration = Duration::from_millis(1);

/// Pages of one browser that are opened one after the other, so that a page misses the messages from before.
fn five_pages(policy: PolicyName, visible: usize, apart: Duration) -> Vec<Tab> {
    let mut tabs = vec![Tab::open(policy, true)];
    for number in 0..5 {
        if number > 0 {
            tabs.push(tabs[0].open_another(true));
        }
        tabs[number].set_visible(number < visible);
        tabs[number].start_client();
        tabs[number].advance(apart);
    }
    tabs
}

#[test]
fn pages_that_start_at_once_or_one_after_the_other_share_one_refresh() {
    under(WITH_COOKIE, |policy| {
        for visible in [0, 1, 5] {
            for apart in [0, 1, 5, 24, 25, 40, 100, 249, 250, 275, 300, 3000] {
                let tabs = five_pages(policy, visible, apart * MILLISECOND);
                tabs[0].advance(SECOND);

                assert!(tabs.iter().all(Tab::is_logged_in), "{apart} ms apart");
                assert_eq!(tabs[0].refreshes(), 1, "{apart} ms apart, {visible} visible");
                assert!(tabs.iter().all(|tab| tab.get(ME).succeeded() == 200));
                tabs[0].advance_until_left(TOKEN_LIFETIME, 20 * SECOND);
                assert_eq!(tabs[0].refreshes(), 1, "the lifetime counts from the request of the first one");
            }
        }
    });
}

#[test]
fn a_lone_visible_page_waits_for_25_milliseconds_and_a_hidden_one_longer() {
    under(WITH_COOKIE, |policy| {
        for (is_visible, wait) in [(true, 25), (false, 275)] {
            let tab = Tab::open(policy, true);
            tab.set_visible(is_visible);
            tab.start_client();
            tab.advance((wait - 1) * MILLISECOND);
            assert_eq!(tab.refreshes(), 0);

            tab.advance(MILLISECOND);

            assert!(tab.is_logged_in());
            assert_eq!(tab.refreshes(), 1);
        }
    });
}

// The timers of a hidden page run once a second at most.
#[test]
fn a_visible_page_does_not_wait_for_a_hidden_one_that_started_first() {
    let hidden = Tab::open(Retention, true);
    let visible = hidden.open_another(true);
    visible.set_visible(true);
    hidden.start_client();
    visible.start_client();

    visible.advance(25 * MILLISECOND);

    assert!(visible.is_logged_in() && hidden.is_logged_in());
    assert_eq!(visible.refreshes(), 1);
}

#[test]
fn a_page_asks_the_server_if_no_other_page_has_a_recent_session() {
    under(WITH_COOKIE, |policy| {
        let refresh = |prepare: &dyn Fn(&Tab)| {
            let tab = Tab::logged_in(policy);
            prepare(&tab);
            let before = tab.refreshes();
            let new = tab.open_another(true);
            new.hydrate();
            assert!(new.is_logged_in());
            tab.refreshes() - before
        };
        assert_eq!(refresh(&|_| {}), 0);
        assert_eq!(refresh(&|tab| tab.advance(29 * SECOND)), 0);
        assert_eq!(refresh(&|tab| tab.advance(30 * SECOND)), 1);
        assert_eq!(refresh(&|tab| tab.sleep_with_stopped_clock(30 * SECOND)), 1);
        assert_eq!(refresh(&|tab| tab.freeze()), 1);
        assert_eq!(refresh(&|tab| tab.close()), 1);
        assert_eq!(refresh(&|tab| tab.shift_wall_clock(-7200.0)), 0);
    });
}

// Behavior 23. The other page's wall clock was right when it refreshed.
#[test]
fn a_wall_clock_set_back_does_not_lengthen_the_session_that_another_page_forwards() {
    let tab = Tab::logged_in(Retention);
    tab.advance(20 * SECOND);
    tab.shift_wall_clock(-7200.0);
    let new = tab.open_another(true);
    new.hydrate();
    tab.close();

    new.advance_until_left(TOKEN_LIFETIME, 20 * SECOND);
    new.server.expire_tokens();

    assert_eq!(new.get(ME).succeeded(), 200);
    assert_eq!(new.refreshes(), 1);
}

#[test]
fn a_session_that_is_bound_to_its_tab_is_not_forwarded() {
    under(TAB_BOUND, |policy| {
        let tab = Tab::logged_in(policy);
        let new = tab.open_another(true);
        new.hydrate();

        assert!(!new.is_logged_in());
        assert!(tab.browser.messages().iter().all(|message| !message.starts_with("session ")));
    });
}

#[test]
fn a_logged_out_page_does_not_reply() {
    under(WITH_COOKIE, |policy| {
        let tab = Tab::logged_in(policy);
        let new = tab.open_another(true);
        tab.log_out();
        new.hydrate();

        assert!(!new.is_logged_in());
        assert!(tab.browser.messages().iter().all(|message| !message.starts_with("session ")));
    });
}

// Behavior 18. The login form of a page without a running client sends no message.
#[test]
fn a_page_that_took_over_a_replaced_session_notices_that_with_its_first_request() {
    under(WITH_COOKIE, |policy| {
        let tab = Tab::logged_in(policy);
        tab.server.end_session("replaced");
        tab.server.replace_session("bob");
        let new = tab.open_another(true);
        new.hydrate();

        new.server.always_answers(ME, session_ended("replaced"));
        assert!(matches!(new.get(ME).failed(), Error::SessionEnded { .. }));

        assert_eq!(new.user_name().as_deref(), Some("Bob"));
        assert_eq!(tab.user_name().as_deref(), Some("Bob"));
    });
}

// Behavior 19. What it shows may have ended.
#[test]
fn a_restored_page_is_confirmed_by_the_server_alone() {
    under(WITH_COOKIE, |policy| {
        let tab = Tab::logged_in(policy);
        let restored = tab.another_logged_in();
        restored.hide_page();
        tab.server.holds(REFRESH);
        restored.restore_page();
        let new = tab.open_another(true);
        new.start_client();
        tab.advance(SECOND);
        assert!(new.is_logged_in());
        assert_eq!(restored.status(), Status::Unknown);

        tab.server.always_answers(REFRESH, session_ended("revoked"));
        tab.server.releases(REFRESH);
        tab.run();

        assert_eq!(restored.status(), Status::Anonymous { end: Some(SessionEnd::new(EndReason::Revoked)) });
    });
}

// A late reply is of no use, and neither is one to another page.
#[test]
fn replies_change_nothing_in_pages_that_have_started() {
    under(WITH_COOKIE, |policy| {
        let tab = Tab::logged_in(policy);
        tab.advance(TOKEN_LIFETIME);
        tab.server.always_answers(REFRESH, Reply::ConnectionLost);
        _ = tab.refresh().failed();
        let response = tab.server.login_response(TOKEN_LIFETIME).to_string();
        let status = tab.status();

        tab.receive(&format!("session {}\n{response}", TOKEN_LIFETIME.as_millis()));

        assert_eq!(tab.status(), status);
        assert_ne!(tab.connection(), Connection::Online);
    });
}

#[test]
fn a_reply_ends_the_outage_of_a_page_that_starts() {
    let tab = Tab::logged_in(Retention);
    tab.freeze();
    tab.server.always_answers(REFRESH, Reply::ConnectionLost);
    let new = tab.open_another(true);
    new.hydrate();
    assert_eq!(new.status(), Status::Unknown);

    tab.thaw();

    assert!(new.is_logged_in() && new.is_online());
}

// Earlier versions of the client ignore the request.
#[test]
fn pages_of_an_earlier_version_delay_nothing() {
    let tab = Tab::logged_in(ServerSession);
    tab.server.holds(LOGIN);
    tab.receive("session-request with more words");
    tab.receive("session soon\n{}");
    tab.receive("session 7\n<html>");
    assert!(tab.is_logged_in());

    let new = Tab::open(ServerSession, true);
    new.start_client();
    new.receive("session 7\n<html>");
    new.advance(275 * MILLISECOND);
    assert!(new.is_logged_in());
    assert_eq!(new.refreshes(), 1);
}
