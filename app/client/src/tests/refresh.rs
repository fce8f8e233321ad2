//! Stale tokens, and the one refresh that all callers share.

use std::time::Duration;

use super::support::{
    policies::{WITH_REFRESH, under},
    server::{ME, REFRESH, TOKEN_LIFETIME},
    tab::Tab,
};

const SECOND: Duration = Duration::from_secs(1);

// Behavior 1.
#[test]
fn a_fresh_token_is_not_refreshed() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::logged_in(policy);
        tab.advance_until_left(TOKEN_LIFETIME, 11 * SECOND);

        assert_eq!(tab.get(ME).succeeded(), 200);

        assert_eq!((tab.refreshes(), tab.requests()), (0, 1));
    });
}

// Behavior 1.
#[test]
fn a_stale_token_is_refreshed_first() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::logged_in(policy);
        tab.advance_until_left(TOKEN_LIFETIME, 10 * SECOND);

        assert_eq!(tab.get(ME).succeeded(), 200);

        assert_eq!((tab.refreshes(), tab.requests()), (1, 2));
    });
}

// Behavior 2.
#[test]
fn an_expired_token_costs_one_refresh_and_one_request() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::with_expired_token(policy);

        assert_eq!(tab.get(ME).succeeded(), 200);

        assert_eq!((tab.refreshes(), tab.requests()), (1, 2));
        let request = tab.server.received().pop().expect("a request");
        assert_eq!(request.bearer, Some(tab.server.token()));
    });
}

// Behavior 2.
#[test]
fn a_refresh_carries_no_access_token() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::with_expired_token(policy);

        tab.get(ME).succeeded();

        let refresh = tab.server.received().into_iter().find(|received| received.path == REFRESH).expect("a refresh");
        assert_eq!((refresh.bearer, refresh.session), (None, None));
    });
}

// Behavior 3.
#[test]
fn a_hundred_concurrent_callers_share_one_refresh() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::with_expired_token(policy);
        tab.server.holds(REFRESH);
        let calls: Vec<_> = (0..100).map(|_| tab.get(ME)).collect();

        tab.server.releases(REFRESH);
        tab.run();

        for call in calls {
            assert_eq!(call.succeeded(), 200);
        }
        assert_eq!((tab.refreshes(), tab.server.count(ME)), (1, 100));
    });
}

// Behavior 3.
#[test]
fn callers_join_the_refresh_in_flight() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::with_expired_token(policy);
        tab.server.holds(REFRESH);
        let mut calls = Vec::new();
        for _ in 0..100 {
            calls.push(tab.get(ME));
            tab.advance(Duration::from_millis(3));
        }

        tab.server.releases(REFRESH);
        tab.run();
        calls.push(tab.get(ME));

        for call in calls {
            assert_eq!(call.succeeded(), 200);
        }
        assert_eq!(tab.refreshes(), 1);
    });
}

// Behavior 3. The token expires on the way, and the responses arrive one after the other.
#[test]
fn callers_rejected_at_different_times_share_one_refresh() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::logged_in(policy);
        let paths: Vec<_> = (0..10).map(|number| format!("/api/items/{number}")).collect();
        let calls: Vec<_> = paths
            .iter()
            .map(|path| {
                tab.server.holds(path);
                tab.get(path)
            })
            .collect();
        tab.server.expire_tokens();

        for path in &paths {
            tab.server.releases(path);
            tab.run();
        }

        for call in calls {
            assert_eq!(call.succeeded(), 200);
        }
        assert_eq!(tab.refreshes(), 1);
    });
}

// Behavior 10.
#[test]
fn a_refresh_continues_when_one_caller_is_dropped() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::with_expired_token(policy);
        tab.server.holds(REFRESH);
        let first = tab.get(ME);
        let second = tab.get(ME);

        first.cancel();
        tab.server.releases(REFRESH);
        tab.run();

        assert_eq!(second.succeeded(), 200);
        assert_eq!((tab.refreshes(), tab.server.count(ME)), (1, 1));
    });
}

// Behavior 10.
#[test]
fn a_refresh_completes_when_all_callers_are_dropped() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::with_expired_token(policy);
        tab.server.holds(REFRESH);
        tab.get(ME).cancel();
        tab.run();

        tab.server.releases(REFRESH);
        tab.run();

        assert_eq!(tab.get(ME).succeeded(), 200);
        assert_eq!(tab.refreshes(), 1);
    });
}
