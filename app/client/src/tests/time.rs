//! Clocks that are wrong, machines that sleep, and pages that come back.

use std::time::Duration;

use macro_rules_attribute::apply;

use super::{
    server::{ME, REFRESH, Reply, SESSION_LIFE, TOKEN_LIFE, ended},
    tab::Tab,
};
use crate::{Error, SessionEnd, Status};
use doorward_api::{EndReason, PolicyName::Retention};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: f64 = 3600.0;

// 23
#[apply(under_refreshing_policies!)]
fn a_device_clock_that_is_wrong_all_along_makes_no_difference(policy: PolicyName) {
    for seconds in [-HOUR, HOUR] {
        let tab = Tab::open(policy, false);
        tab.set_clock_by(seconds);
        tab.start_login().succeeded();
        tab.advance_into(TOKEN_LIFE, 11 * SECOND);

        assert_eq!(tab.get(ME).succeeded(), 200);
        assert_eq!(tab.refreshes(), 0);
        tab.advance(11 * SECOND);
        assert_eq!(tab.get(ME).succeeded(), 200);

        assert_eq!((tab.refreshes(), tab.requests()), (1, 3), "and no dead token was sent");
    }
}

// 23
#[apply(under_refreshing_policies!)]
fn a_clock_that_jumps_costs_a_refresh_at_most_and_never_the_session(policy: PolicyName) {
    for seconds in [-HOUR, HOUR, 25.0 * HOUR, -25.0 * HOUR] {
        let tab = Tab::logged_in(policy);
        tab.advance(SECOND);
        tab.set_clock_by(seconds);

        for _ in 0..60 {
            assert_eq!(tab.get(ME).succeeded(), 200, "{seconds}");
            tab.advance(SECOND);
        }

        assert!(tab.is_logged_in());
        assert!(tab.refreshes() <= 1, "{seconds}: {}", tab.refreshes());
    }
}

// 23
#[apply(under_refreshing_policies!)]
fn a_clock_that_jumps_to_and_fro_costs_one_refresh(policy: PolicyName) {
    let tab = Tab::logged_in(policy);
    for _ in 0..10 {
        for jump in [HOUR, -HOUR] {
            tab.set_clock_by(jump);
            for _ in 0..10 {
                assert_eq!(tab.get(ME).succeeded(), 200);
            }
        }
    }
    assert_eq!(tab.refreshes(), 1);
}

// 23: between two tabs, the age of a token travels by the time of day.
#[apply(under_cookie_policies!)]
fn a_clock_that_jumps_between_two_tabs_harms_neither(policy: PolicyName) {
    for seconds in [-HOUR, HOUR] {
        let tab = Tab::with_dead_token(policy);
        let other = tab.logged_in_beside();
        other.freeze();
        tab.get(ME).succeeded();
        tab.set_clock_by(seconds);
        other.thaw();

        assert_eq!(other.get(ME).succeeded(), 200);
        assert!(tab.is_logged_in() && other.is_logged_in());
    }
}

// 24
#[apply(under_refreshing_policies!)]
fn a_sleep_past_the_tokens_life_costs_one_refresh_on_waking(policy: PolicyName) {
    let tab = Tab::logged_in(policy);
    let before = tab.refreshes();
    tab.sleep(TOKEN_LIFE * 3);

    tab.is_seen();
    assert_eq!(tab.refreshes(), before + 1);
    assert_eq!(tab.get(ME).succeeded(), 200);

    assert_eq!(tab.refreshes(), before + 1);
}

// 24: some steady clocks stand still while the machine sleeps.
#[apply(under_refreshing_policies!)]
fn a_sleep_that_the_steady_clock_missed_costs_one_refresh_too(policy: PolicyName) {
    let tab = Tab::logged_in(policy);
    tab.sleep_without_steady_clock(TOKEN_LIFE * 3);
    tab.server.expires_tokens();

    assert_eq!(tab.get(ME).succeeded(), 200);

    assert_eq!((tab.refreshes(), tab.server.count(ME)), (1, 1));
}

// 24: on a page that nobody touches, all tabs together.
#[test]
fn five_tabs_wake_with_one_refresh() {
    let first = Tab::logged_in(Retention);
    let tabs: Vec<_> = (0..4).map(|_| first.logged_in_beside()).collect();
    let before = first.refreshes();
    first.sleep_without_steady_clock(TOKEN_LIFE * 3);
    first.server.expires_tokens();
    first.server.holds(REFRESH);

    first.advance(30 * SECOND);
    first.server.releases(REFRESH);
    first.run();

    assert_eq!(first.refreshes(), before + 1);
    assert!(tabs.iter().all(|tab| tab.get(ME).succeeded() == 200));
    assert_eq!(first.refreshes(), before + 1);
}

// 24
#[apply(under_renewable_policies!)]
fn a_sleep_past_the_sessions_end_ends_it_on_waking(policy: PolicyName) {
    let tab = Tab::logged_in(policy);
    tab.sleep(SESSION_LIFE);
    let before = tab.server.total();

    tab.is_seen();

    assert_eq!(tab.status(), Status::Anonymous { end: Some(SessionEnd::new(EndReason::Expired)) });
    assert_eq!(tab.server.total(), before);
}

// 24: where the steady clock knows nothing of it, the server does.
#[apply(under_refreshing_policies!)]
fn a_sleep_past_the_sessions_end_that_the_steady_clock_missed_is_found_out_on_waking(policy: PolicyName) {
    let tab = Tab::logged_in(policy);
    tab.sleep_without_steady_clock(SESSION_LIFE);
    tab.server.answers(REFRESH, ended("expired"));

    tab.is_seen();

    assert_eq!(tab.status(), Status::Anonymous { end: Some(SessionEnd::new(EndReason::Expired)) });
    assert_eq!(tab.refreshes(), 1);
}

#[apply(under_each_policy!)]
fn a_look_at_a_tab_with_a_good_token_costs_nothing(policy: PolicyName) {
    let tab = Tab::logged_in(policy);
    let before = tab.server.total();
    for _ in 0..10 {
        tab.is_seen();
    }
    assert_eq!(tab.server.total(), before);
}

#[apply(under_each_policy!)]
fn a_look_at_a_tab_where_nobody_is_logged_in_costs_nothing(policy: PolicyName) {
    let tab = Tab::open(policy, false);
    tab.hydrate();
    tab.is_seen();
    tab.comes_online();
    assert_eq!(tab.server.total(), 0);
}

// 7: instant recovery when the person looks.
#[apply(under_refreshing_policies!)]
fn a_look_at_the_tab_ends_a_pause(policy: PolicyName) {
    let tab = Tab::with_dead_token(policy);
    tab.server.answers(REFRESH, Reply::Broken);
    tab.get(ME).failed();
    tab.advance(20 * SECOND);
    tab.server.recovers(REFRESH);
    let before = tab.refreshes();

    tab.is_seen();

    assert_eq!(tab.refreshes(), before + 1);
    assert!(tab.is_online());
}

// 7
#[apply(under_each_policy!)]
fn a_network_that_is_lost_is_shown_and_so_is_its_return(policy: PolicyName) {
    let tab = Tab::logged_in(policy);

    tab.core.lose_network();
    assert!(!tab.is_online());
    tab.comes_online();

    assert!(tab.is_online() && tab.is_logged_in());
    assert_eq!(tab.refreshes(), 0);
}

// 19
#[apply(under_cookie_policies!)]
fn a_page_that_comes_back_shows_nothing_before_the_server_has_been_asked(policy: PolicyName) {
    let tab = Tab::logged_in(policy);
    tab.server.holds(REFRESH);

    tab.core.restore();
    tab.run();
    assert_eq!(tab.status(), Status::Unknown);
    tab.server.releases(REFRESH);
    tab.run();

    assert!(tab.is_logged_in());
    assert_eq!(tab.refreshes(), 1);
}

// 19
#[apply(under_cookie_policies!)]
fn a_page_that_comes_back_after_a_logout_stays_empty(policy: PolicyName) {
    let tab = Tab::logged_in(policy);
    tab.server.ends_session("logged_out");

    tab.core.restore();
    tab.run();

    assert_eq!(tab.status(), Status::Anonymous { end: Some(SessionEnd::new(EndReason::LoggedOut)) });
}

// 19: and what it asked for before it was left is of that time.
#[apply(under_cookie_policies!)]
fn an_answer_from_before_a_page_was_left_is_thrown_away(policy: PolicyName) {
    let tab = Tab::logged_in(policy);
    tab.server.holds(ME);
    let call = tab.get(ME);

    tab.core.restore();
    tab.server.releases(ME);
    tab.run();

    assert_eq!(call.failed(), Error::SessionEnded { end: None });
    assert!(tab.is_logged_in());
}

// The margin's jitter.
#[apply(under_refreshing_policies!)]
fn browsers_that_logged_in_together_do_not_refresh_in_step(policy: PolicyName) {
    let refreshed_from = |chance: f64| {
        let tab = Tab::open(policy, false);
        tab.core.platform.chance.set(chance);
        tab.start_login().succeeded();
        (0..300)
            .find(|_| {
                tab.advance(SECOND);
                tab.get(ME).succeeded();
                tab.refreshes() == 1
            })
            .expect("a refresh before the end")
    };
    assert_eq!((refreshed_from(0.0), refreshed_from(0.99)), (289, 285));
}
