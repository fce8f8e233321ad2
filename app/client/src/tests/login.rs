//! Login.

use std::time::Duration;

use doorward_api::{EndReason, ErrorCode};

use super::support::{
    policies::{EACH, WITH_REFRESH, under},
    replies::{Reply, problem, session_ended},
    server::{LOGIN, LOGOUT, ME, REFRESH},
    tab::Tab,
};
use crate::{Error, SessionEnd, Status};

#[test]
fn a_login_shows_the_user() {
    under(EACH, |policy| {
        let tab = Tab::open(policy, false);

        tab.log_in().succeeded();

        let Status::LoggedIn { user, session } = tab.status() else { panic!("logged in") };
        assert_eq!((user.name.as_str(), session.current), ("Ada", true));
        assert_eq!(tab.get(ME).succeeded(), 200);
        assert_eq!(tab.refreshes(), 0);
    });
}

#[test]
fn a_login_carries_no_token_even_while_a_user_is_logged_in() {
    under(EACH, |policy| {
        let tab = Tab::with_expired_token(policy);

        tab.log_in().succeeded();

        assert!(tab.server.received().iter().all(|received| received.bearer.is_none()));
        assert_eq!(tab.refreshes(), 0);
    });
}

#[test]
fn a_refused_login_returns_the_problem_and_changes_nothing() {
    under(EACH, |policy| {
        let tab = Tab::open(policy, false);
        tab.server.always_answers(LOGIN, problem(401, "invalid_credentials"));

        let Error::Problem(problem) = tab.log_in().failed() else { panic!("a problem") };

        assert_eq!(problem.code, ErrorCode::InvalidCredentials);
        assert_eq!(tab.status(), Status::Anonymous { end: None });
        assert!(tab.is_online());
    });
}

#[test]
fn a_login_without_a_response_times_out() {
    under(EACH, |policy| {
        let tab = Tab::open(policy, false);
        tab.server.holds(LOGIN);
        let login = tab.log_in();

        tab.advance(Duration::from_mins(1));

        assert_eq!(login.failed(), Error::Unreachable);
    });
}

// Behavior 10. The response sets the cookie in any case.
#[test]
fn a_login_completes_although_its_caller_is_gone() {
    under(EACH, |policy| {
        let tab = Tab::open(policy, false);
        tab.server.holds(LOGIN);
        tab.log_in().cancel();

        tab.server.releases(LOGIN);
        tab.run();

        assert!(tab.is_logged_in());
    });
}

#[test]
fn a_refresh_of_the_old_session_does_not_change_the_new_one() {
    under(EACH, |policy| {
        let tab = Tab::open(policy, true);
        tab.server.holds(REFRESH);
        tab.hydrate();
        tab.log_in().succeeded();
        let status = tab.status();

        tab.server.always_answers(REFRESH, session_ended("replaced"));
        tab.server.releases(REFRESH);
        tab.run();

        assert_eq!(tab.status(), status);
        assert_eq!(tab.get(ME).succeeded(), 200);
    });
}

#[test]
fn a_login_resets_the_back_off() {
    under(WITH_REFRESH, |policy| {
        let tab = Tab::with_expired_token(policy);
        tab.server.always_answers(REFRESH, Reply::ConnectionLost);
        tab.get(ME).failed();

        tab.log_in().succeeded();
        let refreshes = tab.refreshes();
        tab.go_online();
        tab.advance(Duration::from_mins(1));

        assert!(tab.is_online());
        assert_eq!(tab.refreshes(), refreshes);
    });
}

// Behavior 15.
#[test]
fn a_login_overtaken_by_a_logout_is_a_logout() {
    under(EACH, |policy| {
        let tab = Tab::open(policy, false);
        tab.server.holds(LOGIN);
        let login = tab.log_in();

        tab.log_out();
        assert_eq!(tab.server.count(LOGOUT), 0);
        tab.server.releases(LOGIN);
        tab.run();

        assert_eq!(login.failed(), Error::SessionEnded { end: Some(SessionEnd::new(EndReason::LoggedOut)) });
        assert!(!tab.is_logged_in());
        assert_eq!(tab.server.active_sessions(Duration::ZERO), 0);
    });
}
