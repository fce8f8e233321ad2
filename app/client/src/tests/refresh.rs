//! Tokens that grow old, and the one refresh that all callers share.

use std::time::Duration;

use macro_rules_attribute::apply;

use super::{
    server::{ME, REFRESH, TOKEN_LIFE},
    tab::Tab,
};

const SECOND: Duration = Duration::from_secs(1);

// 1
#[apply(under_refreshing_policies!)]
fn a_good_token_is_used_as_it_is(policy: PolicyName) {
    let tab = Tab::logged_in(policy);
    tab.advance_into(TOKEN_LIFE, 11 * SECOND);

    assert_eq!(tab.get(ME).succeeded(), 200);

    assert_eq!((tab.refreshes(), tab.requests()), (0, 1));
}

// 1
#[apply(under_refreshing_policies!)]
fn a_token_within_the_margin_of_its_end_is_refreshed_first(policy: PolicyName) {
    let tab = Tab::logged_in(policy);
    tab.advance_into(TOKEN_LIFE, 10 * SECOND);

    assert_eq!(tab.get(ME).succeeded(), 200);

    assert_eq!((tab.refreshes(), tab.requests()), (1, 2));
}

// 2
#[apply(under_refreshing_policies!)]
fn a_dead_token_costs_one_refresh_and_one_request(policy: PolicyName) {
    let tab = Tab::with_dead_token(policy);

    assert_eq!(tab.get(ME).succeeded(), 200);

    assert_eq!((tab.refreshes(), tab.requests()), (1, 2));
    let request = tab.server.received().pop().expect("a request");
    assert_eq!(request.bearer, Some(tab.server.token()));
}

// 2: the refresh is bare.
#[apply(under_refreshing_policies!)]
fn a_refresh_carries_no_access_token(policy: PolicyName) {
    let tab = Tab::with_dead_token(policy);

    tab.get(ME).succeeded();

    let refresh = tab.server.received().into_iter().find(|received| received.path == REFRESH).expect("a refresh");
    assert_eq!((refresh.bearer, refresh.session), (None, None));
}

// 3
#[apply(under_refreshing_policies!)]
fn a_hundred_callers_at_once_share_one_refresh(policy: PolicyName) {
    let tab = Tab::with_dead_token(policy);
    tab.server.holds(REFRESH);
    let calls: Vec<_> = (0..100).map(|_| tab.get(ME)).collect();

    tab.server.releases(REFRESH);
    tab.run();

    for call in calls {
        assert_eq!(call.succeeded(), 200);
    }
    assert_eq!((tab.refreshes(), tab.server.count(ME)), (1, 100));
}

// 3
#[apply(under_refreshing_policies!)]
fn callers_that_come_while_the_refresh_runs_join_it(policy: PolicyName) {
    let tab = Tab::with_dead_token(policy);
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
}

// 3: the tokens die on the way, and the answers come back one after the other.
#[apply(under_refreshing_policies!)]
fn callers_whose_tokens_are_refused_at_different_times_share_one_refresh(policy: PolicyName) {
    let tab = Tab::logged_in(policy);
    let paths: Vec<_> = (0..10).map(|number| format!("/api/items/{number}")).collect();
    let calls: Vec<_> = paths
        .iter()
        .map(|path| {
            tab.server.holds(path);
            tab.get(path)
        })
        .collect();
    tab.server.expires_tokens();

    for path in &paths {
        tab.server.releases(path);
        tab.run();
    }

    for call in calls {
        assert_eq!(call.succeeded(), 200);
    }
    assert_eq!(tab.refreshes(), 1);
}

// 10
#[apply(under_refreshing_policies!)]
fn a_caller_that_goes_away_leaves_the_refresh_to_the_others(policy: PolicyName) {
    let tab = Tab::with_dead_token(policy);
    tab.server.holds(REFRESH);
    let first = tab.get(ME);
    let second = tab.get(ME);

    first.drop_it();
    tab.server.releases(REFRESH);
    tab.run();

    assert_eq!(second.succeeded(), 200);
    assert_eq!((tab.refreshes(), tab.server.count(ME)), (1, 1));
}

// 10
#[apply(under_refreshing_policies!)]
fn a_refresh_that_nobody_waits_for_any_more_still_brings_its_token(policy: PolicyName) {
    let tab = Tab::with_dead_token(policy);
    tab.server.holds(REFRESH);
    tab.get(ME).drop_it();
    tab.run();

    tab.server.releases(REFRESH);
    tab.run();

    assert_eq!(tab.get(ME).succeeded(), 200);
    assert_eq!(tab.refreshes(), 1);
}
