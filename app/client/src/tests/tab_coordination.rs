//! Several tabs of one browser: one refresh for all, and locks of frozen tabs.

use std::time::Duration;

use doorward_api::PolicyName::Retention;

use super::support::{
    policies::{EACH, WITH_COOKIE, under},
    replies::{Reply, problem, retry_after},
    server::{ME, REFRESH, TOKEN_LIFETIME},
    tab::Tab,
};
use crate::{Connection, Error};

const SECOND: Duration = Duration::from_secs(1);
const MILLISECOND: Duration = Duration::from_millis(1);

// Behavior 20.
#[test]
fn tabs_with_concurrent_calls_share_one_refresh() {
    for count in [2, 5] {
        let tabs = Tab::several_with_expired_tokens(Retention, count);
        let before = tabs[0].refreshes();
        tabs[0].server.holds(REFRESH);
        let calls: Vec<_> = tabs.iter().flat_map(|tab| (0..20).map(|_| tab.get(ME))).collect();

        tabs[0].server.releases(REFRESH);
        tabs[0].run();

        for call in calls {
            assert_eq!(call.succeeded(), 200);
        }
        assert_eq!((tabs[0].refreshes() - before, tabs[0].server.count(ME)), (1, 20 * count));
    }
}

// Behavior 20.
#[test]
fn five_tabs_loaded_at_once_share_one_refresh() {
    under(WITH_COOKIE, |policy| {
        let first = Tab::open(policy, true);
        let tabs: Vec<_> = (0..5).map(|_| first.open_another(true)).collect();
        first.server.holds(REFRESH);
        for tab in &tabs {
            tab.hydrate();
        }

        first.server.releases(REFRESH);
        first.run();

        assert!(tabs.iter().all(Tab::is_logged_in));
        assert_eq!(first.refreshes(), 1);
    });
}

// Behavior 20.
#[test]
fn a_refresh_in_one_tab_refreshes_the_others() {
    let tabs = Tab::several_with_expired_tokens(Retention, 2);
    tabs[0].get(ME).succeeded();
    let before = tabs[0].refreshes();

    assert_eq!(tabs[1].get(ME).succeeded(), 200);

    assert_eq!(tabs[0].refreshes(), before);
}

// Behavior 20. A slow response does not cause a second refresh.
#[test]
fn a_responsive_lock_holder_is_awaited() {
    let tabs = Tab::several_with_expired_tokens(Retention, 2);
    let before = tabs[0].refreshes();
    tabs[0].server.holds(REFRESH);
    let calls = [tabs[0].get(ME), tabs[1].get(ME)];

    tabs[0].advance(10 * SECOND);
    assert_eq!(tabs[0].refreshes(), before + 1);
    tabs[0].server.releases(REFRESH);
    tabs[0].run();

    assert!(calls.into_iter().all(|call| call.succeeded() == 200));
    assert_eq!(tabs[0].refreshes(), before + 1);
}

// Behavior 20. The pongs wait in its queue.
#[test]
fn a_tab_that_was_frozen_itself_steals_no_lock() {
    let tabs = Tab::several_with_expired_tokens(Retention, 2);
    let before = tabs[0].refreshes();
    tabs[0].server.holds(REFRESH);
    let calls = [tabs[0].get(ME), tabs[1].get(ME)];
    for _ in 0..5 {
        tabs[1].freeze();
        tabs[0].advance(2 * SECOND);
        tabs[1].thaw();
        tabs[0].advance(100 * MILLISECOND);
    }
    tabs[0].server.releases(REFRESH);
    tabs[0].run();

    assert!(calls.into_iter().all(|call| call.succeeded() == 200));
    assert_eq!(tabs[0].refreshes(), before + 1);
}

// Behavior 21.
#[test]
fn a_closed_tab_releases_its_lock() {
    let tabs = Tab::several_with_expired_tokens(Retention, 2);
    tabs[0].server.holds(REFRESH);
    tabs[0].get(ME);
    let call = tabs[1].get(ME);
    tabs[0].server.releases("nothing");

    tabs[0].close();
    tabs[1].advance(300 * MILLISECOND);
    tabs[1].server.releases(REFRESH);
    tabs[1].run();

    assert_eq!(call.succeeded(), 200);
}

// Behavior 21.
#[test]
fn a_frozen_lock_holder_delays_others_by_less_than_a_second() {
    for jitters in [[0.0, 0.9], [0.9, 0.8], [0.3, 0.2]] {
        let tabs = Tab::several_with_expired_tokens(Retention, 3);
        let before = tabs[0].refreshes();
        tabs[0].server.holds(REFRESH);
        let frozen = tabs[0].get(ME);
        tabs[0].freeze();
        for (tab, jitter) in tabs[1..].iter().zip(jitters) {
            tab.client.platform.random.set(jitter);
        }
        let calls = [tabs[1].get(ME), tabs[2].get(ME)];
        tabs[1].server.releases(REFRESH);

        tabs[1].advance(999 * MILLISECOND);

        assert!(calls.into_iter().all(|call| call.succeeded() == 200));
        assert_eq!(tabs[1].refreshes(), before + 2, "one by the frozen tab, one by the others");
        tabs[0].thaw();
        assert_eq!(frozen.succeeded(), 200);
        assert!(tabs[0].is_logged_in());
    }
}

// Behavior 21.
#[test]
fn locks_work_as_before_after_one_was_stolen() {
    let tabs = Tab::several_with_expired_tokens(Retention, 2);
    tabs[0].server.holds(REFRESH);
    let frozen = tabs[0].get(ME);
    tabs[0].freeze();
    let call = tabs[1].get(ME);
    tabs[1].server.releases(REFRESH);
    tabs[1].advance(SECOND);
    call.succeeded();

    tabs[0].thaw();
    frozen.succeeded();
    let before = tabs[0].refreshes();
    tabs[0].advance(TOKEN_LIFETIME);
    assert!(tabs.iter().all(|tab| tab.get(ME).succeeded() == 200));

    assert_eq!(tabs[0].refreshes(), before + 1);
}

// Behavior 7.
#[test]
fn one_tab_retries_for_all() {
    let tabs = Tab::several_with_expired_tokens(Retention, 5);
    let before = tabs[0].refreshes();
    tabs[0].server.always_answers(REFRESH, Reply::ConnectionLost);
    for tab in &tabs {
        assert_eq!(tab.get(ME).failed(), Error::Unreachable);
    }
    assert_eq!(tabs[0].refreshes() - before, 1);
    assert!(tabs.iter().all(|tab| tab.connection() != Connection::Online));

    tabs[0].advance(60 * SECOND);
    let refreshes = tabs[0].refreshes() - before;
    assert!((7..=9).contains(&refreshes), "{refreshes}: as many as from one tab alone");
    tabs[0].server.recovers(REFRESH);
    tabs[3].go_online();

    assert!(tabs.iter().all(|tab| tab.is_logged_in() && tab.is_online()));
    assert_eq!(tabs[0].refreshes() - before, refreshes + 1);
}

// Behavior 7.
#[test]
fn concurrent_calls_in_several_tabs_fail_after_one_attempt() {
    let tabs = Tab::several_with_expired_tokens(Retention, 5);
    let before = tabs[0].refreshes();
    tabs[0].server.always_answers(REFRESH, Reply::ConnectionLost);
    tabs[0].server.holds(REFRESH);
    let calls: Vec<_> = tabs.iter().map(|tab| tab.get(ME)).collect();

    tabs[0].server.releases(REFRESH);
    tabs[0].run();

    assert!(calls.into_iter().all(|call| call.failed() == Error::Unreachable));
    assert_eq!(tabs[0].refreshes(), before + 1);
}

// Behavior 7.
#[test]
fn another_tab_retries_in_place_of_a_closed_one() {
    let tabs = Tab::several_with_expired_tokens(Retention, 3);
    tabs[1].client.platform.random.set(0.5);
    tabs[0].server.always_answers(REFRESH, Reply::ConnectionLost);
    tabs[0].get(ME).failed();
    tabs[0].close();
    let before = tabs[0].refreshes();
    tabs[0].server.recovers(REFRESH);

    tabs[1].advance(3 * SECOND);

    assert!(tabs[1..].iter().all(|tab| tab.is_logged_in() && tab.is_online()));
    assert_eq!(tabs[0].refreshes(), before + 1);
}

// Behavior 7.
#[test]
fn all_tabs_respect_retry_after() {
    let tabs = Tab::several_with_expired_tokens(Retention, 2);
    tabs[0].server.always_answers(REFRESH, retry_after(20, problem(503, "busy")));
    tabs[0].get(ME).failed();
    let before = tabs[0].refreshes();

    tabs[1].go_online();
    tabs[1].get(ME).failed();
    tabs[1].advance(19 * SECOND);
    assert_eq!(tabs[0].refreshes(), before);
    tabs[0].server.recovers(REFRESH);
    tabs[1].advance(SECOND);

    assert_eq!(tabs[0].refreshes(), before + 1);
    assert!(tabs.iter().all(Tab::is_online));
}

// Another version of the client sent them.
#[test]
fn unknown_messages_are_ignored() {
    under(EACH, |policy| {
        let tab = Tab::logged_in(policy);
        for message in [
            "",
            "null",
            "lock-pong",
            "{\"Busy\":\"Party\"}",
            "<html>",
            "[]",
            "refreshed

",
            "ended",
        ] {
            tab.receive(message);
        }
        assert!(tab.is_logged_in() && tab.is_online());
    });
}
