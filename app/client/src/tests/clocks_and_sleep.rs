//! Wrong clocks, sleeping machines and restored pages.

use std::time::Duration;

use doorward_api::{EndReason, PolicyName::Retention};

use super::support::{
    policies::{EACH, RENEWABLE, WITH_COOKIE, WITH_REFRESH, under},
    replies::{Reply, SESSION_LIFETIME, session_ended},
    server::{ME, REFRESH, TOKEN_LIFETIME},
    tab::Tab,
};
use crate::{Error, SessionEnd, Status};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: f64 = 3600.0;

// Behavior 23.
#[test]
fn a_constantly_wrong_wall_clock_makes_no_difference() {
    under(WITH_REFRESH, |policy| {
        for seconds in [-HOUR, HOUR] {
            let tab = Tab::open(policy, false);
            tab.shift_wall_clock(seconds);
            tab.log_in().succeeded();
            tab.advance_until_left(TOKEN_LIFETIME, 11 * SECOND);

            assert_eq!(tab.get(ME).succeeded(), 200);
            assert_eq!(tab.refreshes(), 0);
            tab.advance(11 * SECOND);
            assert_eq!(tab.get(ME).succeeded(), 200);

            assert_eq!((tab.refreshes(), tab.requests()), (1, 3), "and no expired token was sent");
        }
    });
}

// Behavior 23.
#[test]
fn a_jump_of_the_wall_clock_costs_at_most_one_refresh() {
    under(WITH_REFRESH, |policy| {
        for seconds in [-HOUR, HOUR, 25.0 * HOUR, -25.0 * HOUR] {
            let tab = Tab::logged_in(policy);
            tab.advance(SECOND);
            tab.shift_wall_clock(seconds);

            for _ in 0..60 {
                assert_eq!(tab.get(ME).succeeded(), 200, "{seconds}");
                tab.advance(SECOND);
            }

            assert!(tab.is_logged_in());
            assert!(tab.refreshes() <= 1, "{seconds}: {}", tab.refreshes());
        }
    });
}

// Behavior 23.
#[test]
fn a_wall_clock_that_jumps_back_and_forth_costs_one_refresh() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::logged_in(policy);
        for _ in 0..10 {
            for jump in [HOUR, -HOUR] {
                tab.shift_wall_clock(jump);
                for _ in 0..10 {
                    assert_eq!(tab.get(ME).succeeded(), 200);
                }
            }
        }
        assert_eq!(tab.refreshes(), 1);
    });
}

// Behavior 23. Tabs exchange the age of a token by the wall clock.
#[test]
fn a_jump_of_the_wall_clock_between_two_tabs_is_harmless() {
    under(WITH_COOKIE, |policy| {
        for seconds in [-HOUR, HOUR] {
            let tab = Tab::with_expired_token(policy);
            let other = tab.another_logged_in();
            other.freeze();
            tab.get(ME).succeeded();
            tab.shift_wall_clock(seconds);
            other.thaw();

            assert_eq!(other.get(ME).succeeded(), 200);
            assert!(tab.is_logged_in() && other.is_logged_in());
        }
    });
}

// Behavior 24.
#[test]
fn sleep_past_the_token_expiry_costs_one_refresh_on_waking() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::logged_in(policy);
        let before = tab.refreshes();
        tab.sleep(TOKEN_LIFETIME * 3);

        tab.resume();
        assert_eq!(tab.refreshes(), before + 1);
        assert_eq!(tab.get(ME).succeeded(), 200);

        assert_eq!(tab.refreshes(), before + 1);
    });
}

// Behavior 24. Some browsers stop the monotonic clock during sleep.
#[test]
fn sleep_with_a_stopped_clock_costs_one_refresh() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::logged_in(policy);
        tab.sleep_with_stopped_clock(TOKEN_LIFETIME * 3);
        tab.server.expire_tokens();

        assert_eq!(tab.get(ME).succeeded(), 200);

        assert_eq!((tab.refreshes(), tab.server.count(ME)), (1, 1));
    });
}

// Behavior 24. The user touches none of them.
#[test]
fn five_tabs_wake_with_one_refresh() {
    let first = Tab::logged_in(Retention);
    let tabs: Vec<_> = (0..4).map(|_| first.another_logged_in()).collect();
    let before = first.refreshes();
    first.sleep_with_stopped_clock(TOKEN_LIFETIME * 3);
    first.server.expire_tokens();
    first.server.holds(REFRESH);

    first.advance(30 * SECOND);
    first.server.releases(REFRESH);
    first.run();

    assert_eq!(first.refreshes(), before + 1);
    assert!(tabs.iter().all(|tab| tab.get(ME).succeeded() == 200));
    assert_eq!(first.refreshes(), before + 1);
}

// Behavior 24.
#[test]
fn sleep_past_the_session_expiry_ends_it_on_waking() {
    under(RENEWABLE, |policy| {
        let tab = Tab::logged_in(policy);
        tab.sleep(SESSION_LIFETIME);
        let before = tab.server.total();

        tab.resume();

        assert_eq!(tab.status(), Status::Anonymous { end: Some(SessionEnd::new(EndReason::Expired)) });
        assert_eq!(tab.server.total(), before);
    });
}

// Behavior 24. The server reports the end.
#[test]
fn sleep_past_the_session_expiry_with_a_stopped_clock_is_noticed_on_waking() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::logged_in(policy);
        tab.sleep_with_stopped_clock(SESSION_LIFETIME);
        tab.server.always_answers(REFRESH, session_ended("expired"));

        tab.resume();

        assert_eq!(tab.status(), Status::Anonymous { end: Some(SessionEnd::new(EndReason::Expired)) });
        assert_eq!(tab.refreshes(), 1);
    });
}

#[test]
fn resuming_with_a_fresh_token_sends_no_requests() {
    under(EACH, |policy| {
        let tab = Tab::logged_in(policy);
        let before = tab.server.total();
        for _ in 0..10 {
            tab.resume();
        }
        assert_eq!(tab.server.total(), before);
    });
}

#[test]
fn resuming_while_anonymous_sends_no_requests() {
    under(EACH, |policy| {
        let tab = Tab::open(policy, false);
        tab.hydrate();
        tab.resume();
        tab.go_online();
        assert_eq!(tab.server.total(), 0);
    });
}

// Behavior 7.
#[test]
fn resuming_ends_the_back_off() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::with_expired_token(policy);
        tab.server.always_answers(REFRESH, Reply::ConnectionLost);
        tab.get(ME).failed();
        tab.advance(20 * SECOND);
        tab.server.recovers(REFRESH);
        let before = tab.refreshes();

        tab.resume();

        assert_eq!(tab.refreshes(), before + 1);
        assert!(tab.is_online());
    });
}

// Behavior 7.
#[test]
fn loss_and_return_of_the_network_are_shown() {
    under(EACH, |policy| {
        let tab = Tab::logged_in(policy);

        tab.go_offline();
        assert!(!tab.is_online());
        tab.go_online();

        assert!(tab.is_online() && tab.is_logged_in());
        assert_eq!(tab.refreshes(), 0);
    });
}

// Behavior 19.
#[test]
fn a_restored_page_shows_nothing_before_the_server_confirms_the_session() {
    under(WITH_COOKIE, |policy| {
        let tab = Tab::logged_in(policy);
        tab.server.holds(REFRESH);

        tab.restore_page();
        assert_eq!(tab.status(), Status::Unknown);
        tab.server.releases(REFRESH);
        tab.run();

        assert!(tab.is_logged_in());
        assert_eq!(tab.refreshes(), 1);
    });
}

// Behavior 19.
#[test]
fn a_page_restored_after_a_logout_stays_anonymous() {
    under(WITH_COOKIE, |policy| {
        let tab = Tab::logged_in(policy);
        tab.server.end_session("logged_out");

        tab.restore_page();

        assert_eq!(tab.status(), Status::Anonymous { end: Some(SessionEnd::new(EndReason::LoggedOut)) });
    });
}

// Behavior 19.
#[test]
fn a_response_to_a_request_before_the_page_was_restored_is_discarded() {
    under(WITH_COOKIE, |policy| {
        let tab = Tab::logged_in(policy);
        tab.server.holds(ME);
        let call = tab.get(ME);

        tab.restore_page();
        tab.server.releases(ME);
        tab.run();

        assert_eq!(call.failed(), Error::SessionEnded { end: None });
        assert!(tab.is_logged_in());
    });
}

#[test]
fn jitter_spreads_the_refreshes_of_different_browsers() {
    under(WITH_REFRESH, |policy| {
        let refreshed_from = |random: f64| {
            let tab = Tab::open(policy, false);
            tab.client.platform.random.set(random);
            tab.log_in().succeeded();
            (0..300)
                .find(|_| {
                    tab.advance(SECOND);
                    tab.get(ME).succeeded();
                    tab.refreshes() == 1
                })
                .expect("a refresh before the end")
        };
        assert_eq!((refreshed_from(0.0), refreshed_from(0.99)), (289, 285));
    });
}
