//! Several tabs of one browser.

use std::time::Duration;

use macro_rules_attribute::apply;

use super::{
    server::{ME, REFRESH, Reply, TOKEN_LIFE, problem, wait_for},
    tab::Tab,
};
use crate::{Connection, Error, SessionEnd, Status};
use doorward_api::{EndReason, PolicyName::Retention};

const SECOND: Duration = Duration::from_secs(1);
const MILLISECOND: Duration = Duration::from_millis(1);
const LOGGED_OUT: Status = Status::Anonymous { end: Some(SessionEnd::new(EndReason::LoggedOut)) };

// 20
#[test]
fn tabs_that_call_together_share_one_refresh() {
    for count in [2, 5] {
        let tabs = Tab::several_with_dead_tokens(Retention, count);
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

// 20
#[apply(under_cookie_policies!)]
fn five_tabs_restored_at_once_share_one_refresh(policy: PolicyName) {
    let first = Tab::open(policy, true);
    let tabs: Vec<_> = (0..5).map(|_| first.beside(true)).collect();
    first.server.holds(REFRESH);
    for tab in &tabs {
        tab.hydrate();
    }

    first.server.releases(REFRESH);
    first.run();

    assert!(tabs.iter().all(Tab::is_logged_in));
    assert_eq!(first.refreshes(), 1);
}

// 20: one tab's refresh is news for those that have not asked yet.
#[test]
fn a_refresh_in_one_tab_spares_the_others_theirs() {
    let tabs = Tab::several_with_dead_tokens(Retention, 2);
    tabs[0].get(ME).succeeded();
    let before = tabs[0].refreshes();

    assert_eq!(tabs[1].get(ME).succeeded(), 200);

    assert_eq!(tabs[0].refreshes(), before);
}

// 20: a slow answer is no reason for a second question.
#[test]
fn a_tab_that_is_heard_is_waited_for() {
    let tabs = Tab::several_with_dead_tokens(Retention, 2);
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

// 20: what a tab could not hear yet was said all the same.
#[test]
fn a_tab_that_was_held_up_itself_takes_no_other_for_frozen() {
    let tabs = Tab::several_with_dead_tokens(Retention, 2);
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

// 21
#[test]
fn a_tab_that_is_closed_in_its_turn_holds_nobody_up() {
    let tabs = Tab::several_with_dead_tokens(Retention, 2);
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

// 21
#[test]
fn a_tab_that_is_frozen_in_its_turn_delays_the_others_by_less_than_a_second() {
    for chances in [[0.0, 0.9], [0.9, 0.8], [0.3, 0.2]] {
        let tabs = Tab::several_with_dead_tokens(Retention, 3);
        let before = tabs[0].refreshes();
        tabs[0].server.holds(REFRESH);
        let frozen = tabs[0].get(ME);
        tabs[0].freeze();
        for (tab, chance) in tabs[1..].iter().zip(chances) {
            tab.core.platform.chance.set(chance);
        }
        let calls = [tabs[1].get(ME), tabs[2].get(ME)];
        tabs[1].server.releases(REFRESH);

        tabs[1].advance(999 * MILLISECOND);

        assert!(calls.into_iter().all(|call| call.succeeded() == 200));
        assert_eq!(tabs[1].refreshes(), before + 2, "one of the frozen tab, one of the others");
        tabs[0].thaw();
        assert_eq!(frozen.succeeded(), 200);
        assert!(tabs[0].is_logged_in());
    }
}

// 21: a lock that was taken away costs its former holder nothing, and nobody later.
#[test]
fn after_a_frozen_tab_the_turns_go_on_as_before() {
    let tabs = Tab::several_with_dead_tokens(Retention, 2);
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
    tabs[0].advance(TOKEN_LIFE);
    assert!(tabs.iter().all(|tab| tab.get(ME).succeeded() == 200));

    assert_eq!(tabs[0].refreshes(), before + 1);
}

// 7: the tabs try again one for all.
#[test]
fn a_server_that_is_away_is_asked_by_one_tab_at_a_time() {
    let tabs = Tab::several_with_dead_tokens(Retention, 5);
    let before = tabs[0].refreshes();
    tabs[0].server.answers(REFRESH, Reply::Broken);
    for tab in &tabs {
        assert_eq!(tab.get(ME).failed(), Error::Unreachable);
    }
    assert_eq!(tabs[0].refreshes() - before, 1);
    assert!(tabs.iter().all(|tab| tab.connection() != Connection::Online));

    tabs[0].advance(60 * SECOND);
    let asked = tabs[0].refreshes() - before;
    assert!((7..=9).contains(&asked), "{asked}: as many as one tab alone would make");
    tabs[0].server.recovers(REFRESH);
    tabs[3].comes_online();

    assert!(tabs.iter().all(|tab| tab.is_logged_in() && tab.is_online()));
    assert_eq!(tabs[0].refreshes() - before, asked + 1);
}

// 7
#[test]
fn tabs_that_fail_together_fail_after_one_attempt() {
    let tabs = Tab::several_with_dead_tokens(Retention, 5);
    let before = tabs[0].refreshes();
    tabs[0].server.answers(REFRESH, Reply::Broken);
    tabs[0].server.holds(REFRESH);
    let calls: Vec<_> = tabs.iter().map(|tab| tab.get(ME)).collect();

    tabs[0].server.releases(REFRESH);
    tabs[0].run();

    assert!(calls.into_iter().all(|call| call.failed() == Error::Unreachable));
    assert_eq!(tabs[0].refreshes(), before + 1);
}

// 7: and another takes over from a tab that is gone.
#[test]
fn a_tab_that_is_closed_leaves_its_next_attempt_to_the_others() {
    let tabs = Tab::several_with_dead_tokens(Retention, 3);
    tabs[1].core.platform.chance.set(0.5);
    tabs[0].server.answers(REFRESH, Reply::Broken);
    tabs[0].get(ME).failed();
    tabs[0].close();
    let before = tabs[0].refreshes();
    tabs[0].server.recovers(REFRESH);

    tabs[1].advance(3 * SECOND);

    assert!(tabs[1..].iter().all(|tab| tab.is_logged_in() && tab.is_online()));
    assert_eq!(tabs[0].refreshes(), before + 1);
}

// 7
#[test]
fn what_the_server_asks_of_one_tab_all_keep_to() {
    let tabs = Tab::several_with_dead_tokens(Retention, 2);
    tabs[0].server.answers(REFRESH, wait_for(20, problem(503, "busy")));
    tabs[0].get(ME).failed();
    let before = tabs[0].refreshes();

    tabs[1].comes_online();
    tabs[1].get(ME).failed();
    tabs[1].advance(19 * SECOND);
    assert_eq!(tabs[0].refreshes(), before);
    tabs[0].server.recovers(REFRESH);
    tabs[1].advance(SECOND);

    assert_eq!(tabs[0].refreshes(), before + 1);
    assert!(tabs.iter().all(Tab::is_online));
}

// A tab of a later version.
#[apply(under_each_policy!)]
fn news_in_an_unknown_form_are_passed_over(policy: PolicyName) {
    let tab = Tab::logged_in(policy);
    for news in ["", "null", "busy", "{\"Busy\":\"Party\"}", "<html>", "[]", "granted\n\n", "ended"] {
        tab.core.heard(news);
    }
    assert!(tab.is_logged_in() && tab.is_online());
}
