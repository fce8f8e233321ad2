//! Any endpoint may reject every credential, also the session-end stream, under every policy: a refresh that succeeds is no
//! progress.
//!
//! Behavior 5, 35.

use std::time::Duration;

use super::support::{
    policies::{EACH, under},
    replies::{Reply, problem, session_ended},
    server::{EVENTS, ME, PASSWORD},
    tab::Tab,
};
use crate::request::Method;

const SECOND: Duration = Duration::from_secs(1);

fn rejections() -> Vec<(&'static str, Reply)> {
    let codes = ["token_expired", "token_invalid", "token_missing", "session_missing"];
    let problems = codes.map(|code| (code, problem(401, code)));
    problems
        .into_iter()
        .chain([("replaced", session_ended("replaced")), ("unknown", session_ended("unknown"))])
        .collect()
}

/// Refreshes in two minutes in which the page sends a request to the endpoint each second, and one that is accepted.
fn refreshes(tab: &Tab, endpoint: &str, reply: &Reply) -> usize {
    tab.server.always_answers(endpoint, reply.clone());
    tab.set_visible(true);
    let before = tab.refreshes();
    for _ in 0..120 {
        if endpoint != EVENTS {
            drop(tab.get(endpoint));
        }
        drop(tab.get(ME));
        tab.advance(SECOND);
    }
    tab.refreshes() - before
}

/// What the back-off permits in two minutes, without jitter: after 0, 0.5, 1.5, 3.5, 7.5 and 15.5 seconds, and then each 15
/// seconds.
const PERMITTED: usize = 12;

#[test]
fn an_endpoint_that_rejects_every_credential_costs_few_refreshes() {
    under(EACH, |policy| {
        for endpoint in ["/api/orders", PASSWORD, EVENTS] {
            for (name, reply) in rejections() {
                let tab = Tab::logged_in(policy);
                let refreshes = refreshes(&tab, endpoint, &reply);
                assert!(refreshes <= PERMITTED, "{endpoint} {name}: {refreshes} refreshes");
            }
        }
    });
}

#[test]
fn a_rejected_token_costs_one_refresh_also_for_the_stream() {
    under(EACH, |policy| {
        for endpoint in ["/api/orders", EVENTS] {
            for code in ["token_expired", "token_invalid"] {
                let tab = Tab::logged_in(policy);
                let refreshes = refreshes(&tab, endpoint, &problem(401, code));
                assert!(refreshes <= 1, "{endpoint} {code}: {refreshes} refreshes");
            }
        }
    });
}

#[test]
fn endpoints_that_reject_in_several_ways_at_once_cost_few_refreshes() {
    under(EACH, |policy| {
        let tab = Tab::logged_in(policy);
        let paths: Vec<_> = (0..6).map(|number| format!("/api/items/{number}")).collect();
        for (path, (_, reply)) in paths.iter().zip(rejections()) {
            tab.server.always_answers(path, reply);
        }
        tab.set_visible(true);
        for _ in 0..120 {
            for path in &paths {
                drop(tab.get(path));
            }
            tab.advance(SECOND);
        }
        // Each revalidation starts an epoch, whose first rejection of a token costs one more.
        assert!(tab.refreshes() <= 2 * PERMITTED, "{} refreshes", tab.refreshes());
    });
}

#[test]
fn two_tabs_cost_as_few_refreshes_each() {
    under(EACH, |policy| {
        let tab = Tab::logged_in(policy);
        let other = tab.open_another(policy.credential_storage().is_cookie());
        other.hydrate();
        tab.server.always_answers(EVENTS, problem(401, "token_missing"));
        tab.set_visible(true);
        other.set_visible(true);
        let before = tab.refreshes();

        tab.advance(120 * SECOND);

        assert!(tab.refreshes() - before <= 2 * PERMITTED, "{} refreshes", tab.refreshes() - before);
    });
}

// Behavior 12.
#[test]
fn a_rejected_change_is_sent_twice_at_most() {
    under(EACH, |policy| {
        for (name, reply) in rejections() {
            let tab = Tab::logged_in(policy);
            tab.server.always_answers("/api/orders", reply);

            drop(tab.call(Method::Post, "/api/orders"));
            tab.advance(60 * SECOND);

            assert!((1..=2).contains(&tab.server.count("/api/orders")), "{name}");
        }
    });
}
