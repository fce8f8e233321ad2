//! Logins in two steps, and logins with a passkey alone.
// Behavior 40.

use std::time::Duration;

use doorward_api::{ChallengePurpose, EndReason, ErrorCode, FactorKind, PasskeyLogin};

use super::support::{
    factors::{CHALLENGE, FACTOR, PASSKEY_LOGIN, RIGHT_CODE},
    policies::{EACH, WITH_COOKIE, under},
    replies::{Reply, problem},
    server::{LOGIN, LOGOUT, ME},
    tab::Tab,
};
use crate::{Error, LoginOutcome, PendingLogin, SessionEnd, Status};

/// A page on which Ada has entered her password.
fn waiting(tab: &Tab) -> PendingLogin {
    tab.server.requires_factor.set(true);
    let LoginOutcome::SecondFactorRequired(pending) = tab.log_in_with_password().succeeded() else {
        panic!("a second factor is required")
    };
    pending
}

fn code(error: &Error) -> Option<ErrorCode> {
    if let Error::Problem(problem) = error { Some(problem.code) } else { None }
}

#[test]
fn a_password_without_its_second_factor_changes_nothing() {
    under(EACH, |policy| {
        let tab = Tab::open(policy, false);
        let other = tab.open_another(false);

        let pending = waiting(&tab);

        assert_eq!((pending.ticket.as_str(), pending.expires_in), ("login-ticket", 300));
        assert_eq!(pending.methods, [FactorKind::Passkey, FactorKind::Totp, FactorKind::Unknown]);
        assert_eq!((tab.status(), other.status()), (Status::Anonymous { end: None }, Status::Anonymous { end: None }));
        assert!(tab.is_online());
        assert_eq!((tab.refreshes(), tab.server.active_sessions(Duration::ZERO)), (0, 0));
    });
}

#[test]
fn the_second_factor_logs_in_in_all_tabs() {
    under(EACH, |policy| {
        let tab = Tab::open(policy, false);
        let other = tab.open_another(false);
        let pending = waiting(&tab);

        tab.finish_login(&pending, RIGHT_CODE).succeeded();
        tab.run();

        assert!(tab.is_logged_in());
        assert_eq!(other.is_logged_in(), policy.credential_storage().is_cookie());
        assert_eq!(tab.get(ME).succeeded(), 200);
        let sent = &tab.server.received_at(FACTOR)[0];
        assert_eq!(sent.body.as_deref(), Some(r#"{"ticket":"login-ticket","totp":"123 456"}"#));
        assert_eq!(sent.bearer, None);
    });
}

#[test]
fn a_wrong_factor_returns_the_problem_and_the_next_one_logs_in() {
    under(EACH, |policy| {
        let tab = Tab::open(policy, false);
        let pending = waiting(&tab);
        let error = tab.finish_login(&pending, "000000").failed();
        assert_eq!(code(&error), Some(ErrorCode::SecondFactorInvalid));
        assert_eq!(tab.status(), Status::Anonymous { end: None });
        tab.finish_login(&pending, RIGHT_CODE).succeeded();
        assert!(tab.is_logged_in());
    });
}

#[test]
fn a_login_over_an_active_session_leaves_it_alone_until_its_second_factor() {
    under(WITH_COOKIE, |policy| {
        let tab = Tab::logged_in(policy);
        let status = tab.status();
        let refreshes = tab.refreshes();
        let pending = waiting(&tab);
        for (path, answer) in [(FACTOR, "second_factor_invalid"), (PASSKEY_LOGIN, "passkey_unknown")] {
            tab.server.always_answers(path, problem(401, answer));
        }
        tab.finish_login(&pending, RIGHT_CODE).failed();
        tab.log_in_with_passkey().failed();

        assert_eq!((tab.status(), tab.refreshes()), (status, refreshes));
        assert_eq!(tab.get(ME).succeeded(), 200);
    });
}

#[test]
fn an_expired_session_continues_after_both_steps() {
    under(EACH, |policy| {
        let tab = Tab::logged_in(policy);
        tab.advance(super::support::replies::session_lifetime(policy));
        let required = tab.requires_reauth();
        let pending = waiting(&tab);
        assert_eq!(tab.requires_reauth(), required, "the first step is none");
        tab.finish_login(&pending, RIGHT_CODE).succeeded();
        assert!(tab.is_logged_in() && !tab.requires_reauth());
    });
}

#[test]
fn a_passkey_logs_in_alone() {
    under(EACH, |policy| {
        let tab = Tab::open(policy, false);
        tab.server.requires_factor.set(true);
        tab.log_in_with_passkey().succeeded();
        assert!(tab.is_logged_in());
        assert_eq!(tab.server.count(LOGIN), 0);
    });
}

#[test]
fn a_passkey_that_no_account_has_returns_the_problem() {
    under(EACH, |policy| {
        let tab = Tab::open(policy, false);
        tab.server.always_answers(PASSKEY_LOGIN, problem(401, "passkey_unknown"));
        assert_eq!(code(&tab.log_in_with_passkey().failed()), Some(ErrorCode::PasskeyUnknown));
        assert_eq!(tab.status(), Status::Anonymous { end: None });
    });
}

#[test]
fn a_challenge_of_a_login_carries_no_token_and_one_of_a_session_does() {
    under(EACH, |policy| {
        let tab = Tab::logged_in(policy);
        for (purpose, ticket) in [
            (ChallengePurpose::Login, None),
            (ChallengePurpose::SecondFactor, Some("login-ticket")),
            (ChallengePurpose::Confirm, None),
            (ChallengePurpose::Passkey, None),
        ] {
            assert_eq!(tab.challenge(purpose, ticket).succeeded(), r#"{"publicKey":{},"expires_in":600}"#);
        }
        let is_authorized = |index: usize| {
            let sent = &tab.server.received_at(CHALLENGE)[index];
            sent.bearer.is_some() || sent.session.is_some()
        };
        assert_eq!([0, 1, 2, 3].map(is_authorized), [false, false, true, true]);
        let body = tab.server.received_at(CHALLENGE)[1].body.clone();
        assert_eq!(body.as_deref(), Some(r#"{"purpose":"second_factor","ticket":"login-ticket"}"#));
    });
}

#[test]
fn a_challenge_without_a_session_or_a_response_is_an_error() {
    under(EACH, |policy| {
        let tab = Tab::open(policy, false);
        assert!(matches!(tab.challenge(ChallengePurpose::Confirm, None).failed(), Error::SessionEnded { .. }));
        tab.server.always_answers(CHALLENGE, Reply::ConnectionLost);
        assert_eq!(tab.challenge(ChallengePurpose::Login, None).failed(), Error::Unreachable);
        assert!(tab.is_online(), "only a refresh says otherwise");
    });
}

// Behavior 15.
#[test]
fn a_second_factor_overtaken_by_a_logout_is_a_logout() {
    under(EACH, |policy| {
        let tab = Tab::open(policy, false);
        let pending = waiting(&tab);
        tab.server.holds(FACTOR);
        let finished = tab.finish_login(&pending, RIGHT_CODE);
        tab.log_out();
        assert_eq!(tab.server.count(LOGOUT), 0);
        tab.server.releases(FACTOR);
        tab.run();
        assert_eq!(finished.failed(), Error::SessionEnded { end: Some(SessionEnd::new(EndReason::LoggedOut)) });
        assert_eq!(tab.server.active_sessions(Duration::ZERO), 0);
    });
}

#[test]
fn a_second_factor_is_required_only_with_a_ticket() {
    under(EACH, |policy| {
        let tab = Tab::open(policy, false);
        tab.server.always_answers(LOGIN, problem(401, "second_factor_required"));
        assert_eq!(code(&tab.log_in_with_password().failed()), Some(ErrorCode::SecondFactorRequired));
    });
}

#[test]
fn a_passkey_login_names_its_members_as_the_api_does() {
    let form = serde_json::to_value(PasskeyLogin::default()).expect("JSON");
    let names: Vec<_> = form["passkey"].as_object().expect("an object").keys().cloned().collect();
    assert_eq!(names, ["authenticator_data", "client_data", "id", "signature"]);
}
