//! How sessions begin.

use std::{rc::Rc, time::Duration};

use macro_rules_attribute::apply;

use super::{
    server::{LOGIN, LOGOUT, ME, REFRESH, Reply, problem},
    tab::Tab,
};
use crate::{Error, SessionEnd, Status};
use doorward_api::{EndReason, ErrorCode};

#[apply(under_each_policy!)]
fn a_login_shows_who_is_there(policy: PolicyName) {
    let tab = Tab::open(policy, false);

    tab.start_login().succeeded();

    let Status::LoggedIn { user, session } = tab.status() else { panic!("logged in") };
    assert_eq!((user.name.as_str(), session.current), ("Ada", true));
    assert_eq!(tab.get(ME).succeeded(), 200);
    assert_eq!(tab.refreshes(), 0);
}

#[apply(under_each_policy!)]
fn a_login_carries_no_token_even_while_somebody_is_logged_in(policy: PolicyName) {
    let tab = Tab::with_dead_token(policy);

    tab.start_login().succeeded();

    assert!(tab.server.received().iter().all(|received| received.bearer.is_none()));
    assert_eq!(tab.refreshes(), 0);
}

#[apply(under_each_policy!)]
fn a_refused_login_says_so_and_changes_nothing(policy: PolicyName) {
    let tab = Tab::open(policy, false);
    tab.server.answers(LOGIN, problem(401, "invalid_credentials"));

    let Error::Problem(problem) = tab.start_login().failed() else { panic!("a problem") };

    assert_eq!(problem.code, ErrorCode::InvalidCredentials);
    assert_eq!(tab.status(), Status::Anonymous { end: None });
    assert!(tab.is_online());
}

#[apply(under_each_policy!)]
fn a_login_without_any_answer_comes_to_an_end(policy: PolicyName) {
    let tab = Tab::open(policy, false);
    tab.server.holds(LOGIN);
    let login = tab.start_login();

    tab.advance(Duration::from_mins(1));

    assert_eq!(login.failed(), Error::Unreachable);
}

// 10: the cookie is set whether or not the form is still there.
#[apply(under_each_policy!)]
fn a_login_whose_form_went_away_is_still_a_login(policy: PolicyName) {
    let tab = Tab::open(policy, false);
    tab.server.holds(LOGIN);
    tab.start_login().drop_it();

    tab.server.releases(LOGIN);
    tab.run();

    assert!(tab.is_logged_in());
}

// Epoch
#[apply(under_each_policy!)]
fn a_refresh_of_the_session_before_changes_nothing_in_the_new_one(policy: PolicyName) {
    let tab = Tab::open(policy, true);
    tab.server.holds(REFRESH);
    tab.hydrate();
    tab.start_login().succeeded();
    let status = tab.status();

    tab.server.answers(REFRESH, super::server::ended("replaced"));
    tab.server.releases(REFRESH);
    tab.run();

    assert_eq!(tab.status(), status);
    assert_eq!(tab.get(ME).succeeded(), 200);
}

// Epoch
#[apply(under_refreshing_policies!)]
fn the_failures_of_the_session_before_are_forgotten_at_a_login(policy: PolicyName) {
    let tab = Tab::with_dead_token(policy);
    tab.server.answers(REFRESH, Reply::Broken);
    tab.get(ME).failed();

    tab.start_login().succeeded();
    let refreshes = tab.refreshes();
    tab.comes_online();
    tab.advance(Duration::from_mins(1));

    assert!(tab.is_online());
    assert_eq!(tab.refreshes(), refreshes);
}

// 15
#[apply(under_each_policy!)]
fn a_login_that_is_overtaken_by_a_logout_ends_as_a_logout(policy: PolicyName) {
    let tab = Tab::open(policy, false);
    tab.server.holds(LOGIN);
    let login = tab.start_login();

    tab.logout();
    assert_eq!(tab.server.count(LOGOUT), 0);
    tab.server.releases(LOGIN);
    tab.run();

    assert_eq!(login.failed(), Error::SessionEnded { end: Some(SessionEnd::new(EndReason::LoggedOut)) });
    assert!(!tab.is_logged_in());
    assert_eq!(tab.server.live_sessions(Duration::ZERO), 0);
}

#[apply(under_each_policy!)]
fn a_registration_logs_in(policy: PolicyName) {
    let tab = Tab::open(policy, false);
    let core = Rc::clone(&tab.core);

    futures::executor::block_on(async move { core.register(&doorward_api::Register::default()).await })
        .expect("a registration");

    assert!(tab.is_logged_in());
}
