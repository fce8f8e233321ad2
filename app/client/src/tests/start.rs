//! The first moments of a page (3.29, 25).

use macro_rules_attribute::apply;

use super::{
    server::{ME, REFRESH, Reply, ended, problem},
    tab::Tab,
};
use crate::{Error, SessionEnd, Status};
use doorward_api::EndReason;

// State: `Anonymous` for certain without a cookie.
#[apply(under_each_policy!)]
fn a_page_without_a_session_cookie_asks_nothing_of_the_network(policy: PolicyName) {
    let tab = Tab::open(policy, false);
    assert_eq!(tab.status(), Status::Anonymous { end: None });

    tab.hydrate();
    let refused = tab.get(ME).failed();

    assert_eq!(refused, Error::SessionEnded { end: None });
    assert_eq!(tab.server.total(), 0);
}

// State: the first frame is the server's, the refresh comes after hydration.
#[apply(under_cookie_policies!)]
fn a_page_with_a_session_cookie_logs_in_silently_once_it_is_interactive(policy: PolicyName) {
    let tab = Tab::open(policy, true);
    tab.run();
    assert_eq!((tab.status(), tab.server.total()), (Status::Unknown, 0));

    tab.hydrate();

    assert!(tab.is_logged_in());
    assert_eq!(tab.refreshes(), 1);
}

// 3
#[apply(under_cookie_policies!)]
fn a_request_before_the_first_refresh_waits_for_it(policy: PolicyName) {
    let tab = Tab::open(policy, true);
    tab.server.holds(REFRESH);
    tab.hydrate();
    let calls = [tab.get(ME), tab.get(ME)];
    assert!(calls.iter().all(super::call::Call::is_waiting));

    tab.server.releases(REFRESH);
    tab.run();

    for call in calls {
        assert_eq!(call.succeeded(), 200);
    }
    assert_eq!(tab.refreshes(), 1);
}

// 8
#[apply(under_cookie_policies!)]
fn a_session_that_ended_meanwhile_says_why(policy: PolicyName) {
    let tab = Tab::open(policy, true);
    tab.server.answers(REFRESH, ended("password_changed"));

    tab.hydrate();

    assert_eq!(tab.status(), Status::Anonymous { end: Some(SessionEnd::new(EndReason::PasswordChanged)) });
}

// 25
#[apply(under_cookie_policies!)]
fn a_wiped_cookie_costs_one_refresh(policy: PolicyName) {
    let tab = Tab::open(policy, true);
    tab.server.answers(REFRESH, problem(401, "session_missing"));

    tab.hydrate();
    tab.get(ME).failed();

    assert_eq!(tab.status(), Status::Anonymous { end: None });
    assert_eq!(tab.server.total(), 1);
}

// 7
#[apply(under_cookie_policies!)]
fn a_page_opened_while_the_server_is_away_goes_on_not_knowing_and_then_knows(policy: PolicyName) {
    let tab = Tab::open(policy, true);
    tab.server.answers(REFRESH, Reply::Broken);
    tab.hydrate();
    assert_eq!(tab.status(), Status::Unknown);
    assert!(!tab.is_online());
    assert_eq!(tab.get(ME).failed(), Error::Unreachable);

    tab.server.recovers(REFRESH);
    tab.comes_online();

    assert!(tab.is_logged_in() && tab.is_online());
}
