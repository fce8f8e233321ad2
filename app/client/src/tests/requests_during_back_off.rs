//! Requests while refreshes fail: a click retries at once; no retry storm.
//!
//! Behavior 7.

use std::time::Duration;

use doorward_api::PolicyName::{Retention, ServerSession};

use super::support::{
    policies::{WITH_REFRESH, under},
    replies::{Reply, problem, retry_after},
    server::{EVENTS, ME, REFRESH},
    tab::Tab,
};
use crate::{Connection, Error};

const SECOND: Duration = Duration::from_secs(1);
const MILLISECOND: Duration = Duration::from_millis(1);

/// After an outage that was longer than the token's life, the back-off is at its longest.
fn after_an_outage(tab: &Tab) {
    tab.server.always_answers(REFRESH, Reply::ConnectionLost);
    tab.get(ME).failed();
    tab.advance(48 * SECOND);
}

#[test]
fn a_request_during_the_back_off_refreshes_at_once() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::with_expired_token(policy);
        after_an_outage(&tab);
        let refreshes = tab.refreshes();

        assert_eq!(tab.get(ME).failed(), Error::Unreachable);
        assert_eq!(tab.refreshes(), refreshes + 1, "it was tried");
        tab.server.recovers(REFRESH);
        tab.advance(SECOND);

        assert_eq!(tab.get(ME).succeeded(), 200);
        assert_eq!(tab.refreshes(), refreshes + 2);
        assert!(tab.is_online());
        tab.advance(60 * SECOND);
        assert_eq!(tab.refreshes(), refreshes + 2, "the back-off is over");
    });
}

#[test]
fn a_page_that_could_not_be_confirmed_is_refreshed_by_a_request() {
    let tab = Tab::open(Retention, true);
    tab.server.always_answers(REFRESH, Reply::ConnectionLost);
    tab.hydrate();
    tab.advance(48 * SECOND);
    tab.server.recovers(REFRESH);

    assert_eq!(tab.get(ME).succeeded(), 200);

    assert!(tab.is_logged_in() && tab.is_online());
}

#[test]
fn a_rejected_token_is_replaced_during_the_back_off() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::logged_in(policy);
        tab.server.expire_tokens();
        after_an_outage(&tab);
        tab.server.recovers(REFRESH);

        assert_eq!(tab.get(ME).succeeded(), 200);

        assert!(tab.is_online());
    });
}

#[test]
fn a_hundred_requests_in_a_second_cost_two_refreshes_at_most() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::with_expired_token(policy);
        after_an_outage(&tab);
        let refreshes = tab.refreshes();

        for _ in 0..100 {
            assert_eq!(tab.get(ME).failed(), Error::Unreachable);
            tab.advance(10 * MILLISECOND);
        }

        assert!((1..=2).contains(&(tab.refreshes() - refreshes)), "{}", tab.refreshes() - refreshes);
        assert_eq!(tab.server.count(ME), 0);
    });
}

#[test]
fn the_requests_of_all_tabs_share_the_limit() {
    let tabs = Tab::several_with_expired_tokens(Retention, 5);
    after_an_outage(&tabs[0]);
    let refreshes = tabs[0].refreshes();

    for _ in 0..20 {
        for tab in &tabs {
            assert_eq!(tab.get(ME).failed(), Error::Unreachable);
            tab.advance(10 * MILLISECOND);
        }
    }

    assert!((1..=2).contains(&(tabs[0].refreshes() - refreshes)), "{}", tabs[0].refreshes() - refreshes);
    tabs[0].server.recovers(REFRESH);
    tabs[0].advance(SECOND);
    assert_eq!(tabs[4].get(ME).succeeded(), 200);
    assert!(tabs.iter().all(Tab::is_online));
    assert_eq!(tabs[2].get(ME).succeeded(), 200);
}

#[test]
fn a_request_in_a_tab_during_the_attempt_of_another_joins_it() {
    let tabs = Tab::several_with_expired_tokens(Retention, 2);
    after_an_outage(&tabs[0]);
    let refreshes = tabs[0].refreshes();
    tabs[0].server.holds(REFRESH);
    let calls = [tabs[0].get(ME), tabs[1].get(ME)];
    tabs[0].advance(SECOND);
    tabs[0].server.releases(REFRESH);
    tabs[0].run();

    assert!(calls.into_iter().all(|call| call.failed() == Error::Unreachable));
    assert_eq!(tabs[0].refreshes(), refreshes + 1);
}

#[test]
fn requests_do_not_shorten_a_retry_after_in_any_tab() {
    let tabs = Tab::several_with_expired_tokens(Retention, 2);
    tabs[0].server.always_answers(REFRESH, retry_after(20, problem(503, "busy")));
    tabs[0].get(ME).failed();
    let refreshes = tabs[0].refreshes();

    // A tab that was just opened has not received it, and its failure ends it for no other tab.
    tabs[0].server.always_answers(REFRESH, Reply::ConnectionLost);
    let new = tabs[0].open_another(true);
    new.hydrate();
    assert_eq!(tabs[0].refreshes(), refreshes + 1);
    new.close();
    for _ in 0..19 {
        for tab in &tabs {
            assert_eq!(tab.get(ME).failed(), Error::Unreachable);
        }
        tabs[0].advance(950 * MILLISECOND);
    }

    assert_eq!(tabs[0].refreshes(), refreshes + 1);
    tabs[0].server.recovers(REFRESH);
    tabs[0].advance(3 * SECOND);
    assert!(tabs.iter().all(Tab::is_online));
}

#[test]
fn the_session_end_stream_waits_for_the_end_of_the_back_off() {
    let attempts = |is_visible| {
        let tab = Tab::with_expired_token(Retention);
        tab.server.always_answers(REFRESH, Reply::ConnectionLost);
        tab.server.always_answers(EVENTS, Reply::ConnectionLost);
        tab.set_visible(is_visible);
        tab.get(ME).failed();
        for _ in 0..60 {
            tab.advance(SECOND);
        }
        tab.refreshes()
    };
    // Without jitter: after 0, 0.5, 1.5, 3.5 and 7.5 seconds, and then each 5 seconds.
    assert_eq!(attempts(true), 15);
    assert_eq!(attempts(false), 8);
}

#[test]
fn a_stale_token_is_sent_at_once_during_the_back_off() {
    let tab = Tab::logged_in(Retention);
    tab.advance(292 * SECOND);
    tab.server.always_answers(REFRESH, problem(503, "busy"));
    assert_eq!(tab.get(ME).succeeded(), 200);
    let refreshes = tab.refreshes();
    tab.server.holds(REFRESH);
    tab.advance(450 * MILLISECOND);

    assert_eq!(tab.get(ME).succeeded(), 200);

    assert_eq!(tab.refreshes(), refreshes);
}

#[test]
fn a_visible_page_shows_the_return_of_the_server_within_ten_seconds() {
    for random in [0.0, 0.3, 0.999] {
        for outage in [5, 26, 60, 600] {
            let tabs = Tab::several_with_expired_tokens(Retention, 3);
            tabs[0].server.always_answers(REFRESH, Reply::ConnectionLost);
            for tab in &tabs {
                tab.client.platform.random.set(random);
            }
            // The tab that retries for all is hidden.
            tabs[0].get(ME).failed();
            tabs[1].set_visible(true);
            tabs[0].advance(outage * SECOND);
            tabs[0].server.recovers(REFRESH);

            tabs[0].advance(11 * SECOND);

            assert!(tabs.iter().all(Tab::is_online), "{random} {outage}");
        }
    }
}

#[test]
fn many_visible_tabs_send_as_many_attempts_as_one() {
    let tabs = Tab::several_with_expired_tokens(Retention, 5);
    tabs[0].server.always_answers(REFRESH, Reply::ConnectionLost);
    for tab in &tabs {
        tab.set_visible(true);
    }
    let refreshes = tabs[0].refreshes();

    tabs[0].advance(60 * SECOND);

    assert!((8..=14).contains(&(tabs[0].refreshes() - refreshes)), "{}", tabs[0].refreshes() - refreshes);
}

// Behavior 35. The requests of a page that polls an endpoint which rejects every token.
#[test]
fn an_endpoint_that_rejects_every_token_causes_no_refresh_after_the_outage() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::with_expired_token(policy);
        tab.server.always_answers("/api/broken", problem(401, "token_invalid"));
        after_an_outage(&tab);
        tab.server.recovers(REFRESH);
        let refreshes = tab.refreshes();

        for _ in 0..60 {
            assert_eq!(tab.get("/api/broken").succeeded(), 401);
            tab.advance(SECOND);
        }

        assert!((1..=2).contains(&(tab.refreshes() - refreshes)));
        assert_eq!(tab.connection(), Connection::Online);
    });
}

#[test]
fn a_cookie_session_that_must_be_confirmed_is_confirmed_by_a_request() {
    let tab = Tab::logged_in(ServerSession);
    tab.hide_page();
    tab.server.always_answers(REFRESH, Reply::ConnectionLost);
    tab.restore_page();
    tab.advance(48 * SECOND);
    tab.server.recovers(REFRESH);

    assert_eq!(tab.get(ME).succeeded(), 200);

    assert!(tab.is_logged_in() && tab.is_online());
}

// Behavior 34. A browser that reports the loss of the network, and never its return.
#[test]
fn a_response_shows_that_the_server_can_be_reached() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::logged_in(policy);
        tab.go_offline();
        assert!(!tab.is_online());

        assert_eq!(tab.get(ME).succeeded(), 200);

        assert!(tab.is_online());
    });
}
