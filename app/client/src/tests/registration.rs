//! Registration, with and without a code that proves the address.
// Behavior 39.

use std::time::Duration;

use doorward_api::{EndReason, ErrorCode};

use super::support::{
    policies::{EACH, under},
    registration::{CONFIRM_REGISTRATION, RESEND},
    replies::{Reply, problem, reply, retry_after},
    server::{LOGOUT, ME, REGISTER},
    tab::Tab,
};
use crate::{Error, Registration, SessionEnd, Status};

/// A page that has registered at a server that sends mail, and its ticket.
fn waiting(tab: &Tab) -> String {
    tab.server.sends_mail.set(true);
    let Registration::Pending(pending) = tab.register().succeeded() else { panic!("a code is required") };
    pending.ticket
}

#[test]
fn without_mail_a_registration_logs_in() {
    under(EACH, |policy| {
        let tab = Tab::open(policy, false);
        assert_eq!(tab.register().succeeded(), Registration::LoggedIn);
        assert!(tab.is_logged_in());
        assert_eq!(tab.get(ME).succeeded(), 200);
    });
}

#[test]
fn a_registration_that_waits_for_its_code_changes_nothing() {
    under(EACH, |policy| {
        let tab = Tab::open(policy, false);
        let other = tab.open_another(false);
        let before = tab.status();

        let ticket = waiting(&tab);

        assert_eq!(ticket, "ticket");
        assert_eq!((tab.status(), other.status()), (before.clone(), before));
        assert!(tab.is_online());
        assert_eq!(tab.refreshes(), 0);
    });
}

#[test]
fn the_right_code_logs_in_in_all_tabs() {
    under(EACH, |policy| {
        let tab = Tab::open(policy, false);
        let other = tab.open_another(false);
        let ticket = waiting(&tab);

        tab.confirm_registration(&ticket, "12345678").succeeded();
        tab.run();

        let Status::LoggedIn { user, .. } = tab.status() else { panic!("logged in") };
        assert_eq!(user.name, "Ada");
        assert_eq!(other.is_logged_in(), policy.credential_storage().is_cookie());
        assert_eq!(tab.get(ME).succeeded(), 200);
        assert!(tab.server.received().iter().all(|received| received.bearer.is_none() || received.path == ME));
    });
}

#[test]
fn a_wrong_code_returns_how_often_another_can_be_tried() {
    under(EACH, |policy| {
        let tab = Tab::open(policy, false);
        let ticket = waiting(&tab);

        let Error::Problem(problem) = tab.confirm_registration(&ticket, "00000000").failed() else {
            panic!("a problem")
        };

        assert_eq!((problem.code, problem.tries_left), (ErrorCode::CodeInvalid, Some(4)));
        assert_eq!(tab.status(), Status::Anonymous { end: None });
        tab.confirm_registration(&ticket, "12345678").succeeded();
    });
}

#[test]
fn a_new_code_is_requested_with_the_ticket() {
    under(EACH, |policy| {
        let tab = Tab::open(policy, false);
        let ticket = waiting(&tab);
        assert_eq!(tab.resend(&ticket).succeeded().resend_in, 30);

        tab.server.always_answers(RESEND, retry_after(10, problem(429, "too_many_attempts")));
        let Error::Problem(problem) = tab.resend(&ticket).failed() else { panic!("a problem") };
        assert_eq!(problem.code, ErrorCode::TooManyAttempts);
        tab.server.always_answers(RESEND, Reply::ConnectionLost);
        assert_eq!(tab.resend(&ticket).failed(), Error::Unreachable);
        assert!(tab.is_online(), "only a refresh says otherwise");
    });
}

#[test]
fn responses_that_cannot_be_used_are_no_registration() {
    under(EACH, |policy| {
        let tab = Tab::open(policy, false);
        for (path, answer, status) in [
            (REGISTER, reply(202, "<h1>Hi</h1>"), 202),
            (REGISTER, reply(201, "{}"), 201),
            (RESEND, reply(200, "{}"), 200),
        ] {
            tab.server.always_answers(path, answer);
            let error = if path == RESEND { tab.resend("ticket").failed() } else { tab.register().failed() };
            assert_eq!(error, Error::InvalidResponse { status });
        }
        assert!(!tab.is_logged_in());
    });
}

#[test]
fn a_confirmation_completes_although_its_caller_is_gone_and_is_overtaken_by_a_logout() {
    under(EACH, |policy| {
        let tab = Tab::open(policy, false);
        let ticket = waiting(&tab);
        tab.server.holds(CONFIRM_REGISTRATION);
        tab.confirm_registration(&ticket, "12345678").cancel();
        tab.server.releases(CONFIRM_REGISTRATION);
        tab.run();
        assert!(tab.is_logged_in());

        let tab = Tab::open(policy, false);
        let ticket = waiting(&tab);
        tab.server.holds(CONFIRM_REGISTRATION);
        let confirmation = tab.confirm_registration(&ticket, "12345678");
        tab.log_out();
        assert_eq!(tab.server.count(LOGOUT), 0);
        tab.server.releases(CONFIRM_REGISTRATION);
        tab.run();
        assert_eq!(confirmation.failed(), Error::SessionEnded { end: Some(SessionEnd::new(EndReason::LoggedOut)) });
        assert_eq!(tab.server.active_sessions(Duration::ZERO), 0);
    });
}
