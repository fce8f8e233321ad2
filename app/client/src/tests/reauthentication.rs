//! A session that is not renewable: it expires, and the user logs in again over the page.
//!
//! Behavior 26.

use std::time::Duration;

use doorward_api::{EndReason, PolicyName::Banking};

use super::support::{
    call::Call,
    replies::{problem, reply, session_ended},
    server::{LOGIN, LOGOUT, ME, TOKEN_LIFETIME},
    tab::Tab,
};
use crate::{Error, Identity, SessionEnd, Status};

const SECOND: Duration = Duration::from_secs(1);
const EXPIRED: Option<SessionEnd> = Some(SessionEnd::new(EndReason::Expired));

#[test]
fn a_token_is_used_until_it_expires() {
    let tab = Tab::logged_in(Banking);

    tab.advance_until_left(TOKEN_LIFETIME, SECOND);

    assert_eq!(tab.get(ME).succeeded(), 200);
    assert_eq!((tab.refreshes(), tab.requests()), (0, 1));
}

#[test]
fn no_event_causes_a_refresh() {
    let tab = Tab::logged_in(Banking);
    tab.server.always_answers("/api/broken", problem(401, "token_invalid"));
    for wall in [0.0, 3600.0, -7200.0] {
        tab.shift_wall_clock(wall);
        tab.get(ME).succeeded();
        assert_eq!(tab.get("/api/broken").succeeded(), 401);
        tab.set_visible(true);
        tab.resume();
        tab.go_offline();
        tab.go_online();
        tab.refresh().succeeded();
        tab.advance(60 * SECOND);
    }
    tab.sleep(TOKEN_LIFETIME);
    tab.resume();
    tab.refresh().succeeded();
    tab.advance(TOKEN_LIFETIME);

    assert!(tab.requires_reauth());
    assert_eq!(tab.refreshes(), 0);
}

#[test]
fn an_expired_session_keeps_its_page_and_user() {
    let tab = Tab::logged_in(Banking);
    tab.advance_until_left(TOKEN_LIFETIME, SECOND);
    assert!(!tab.requires_reauth());

    tab.advance(SECOND);

    assert!(tab.requires_reauth());
    assert_eq!(tab.status().is_logged_in(), Some(true));
    assert!(matches!(tab.status().identity(), Identity::User { name, .. } if name == "Ada"));
    assert!(tab.is_online());
}

#[test]
fn requests_wait_for_the_login_and_are_sent_once() {
    let tab = Tab::with_expired_token(Banking);
    let calls: Vec<_> = (0..100).map(|_| tab.get(ME)).collect();
    tab.advance(3600 * SECOND);
    assert_eq!(tab.server.count(ME), 0);

    tab.log_in().succeeded();

    assert!(calls.into_iter().all(|call| call.succeeded() == 200));
    assert_eq!((tab.server.count(ME), tab.refreshes()), (100, 0));
    assert!(tab.is_logged_in() && !tab.requires_reauth());
}

#[test]
fn rejected_requests_are_repeated_once_after_the_login() {
    let tab = Tab::logged_in(Banking);
    tab.server.expire_tokens();
    let calls = [tab.get(ME), tab.get(ME)];
    assert!(tab.requires_reauth() && calls.iter().all(Call::is_waiting));

    tab.log_in().succeeded();

    assert!(calls.into_iter().all(|call| call.succeeded() == 200));
    // The second request waited from the start.
    assert_eq!(tab.server.count(ME), 3);
}

#[test]
fn a_request_rejected_after_the_login_is_repeated_once() {
    for refusal in [problem(401, "token_expired"), session_ended("logged_out")] {
        let tab = Tab::logged_in(Banking);
        tab.server.holds(ME);
        let call = tab.get(ME);
        tab.log_in().succeeded();

        tab.server.always_answers(ME, refusal);
        tab.server.releases(ME);
        tab.server.holds(ME);
        tab.run();
        tab.server.recovers(ME);
        tab.server.releases(ME);
        tab.run();

        assert_eq!(call.succeeded(), 200);
        assert_eq!(tab.server.count(ME), 2);
        assert!(tab.is_logged_in());
    }
}

#[test]
fn a_response_that_arrives_after_the_login_is_returned() {
    let tab = Tab::logged_in(Banking);
    tab.server.holds(ME);
    let call = tab.get(ME);
    tab.server.always_answers(ME, reply(200, "[]"));
    tab.advance(TOKEN_LIFETIME);
    tab.log_in().succeeded();

    tab.server.releases(ME);
    tab.run();

    assert_eq!(call.succeeded(), 200);
    assert_eq!(tab.server.count(ME), 1);
}

// Behavior 18.
#[test]
fn waiting_requests_fail_if_another_user_logs_in() {
    let tab = Tab::logged_in(Banking);
    tab.server.expire_tokens();
    let refused = tab.get("/api/refused");
    let waiting = tab.get(ME);

    tab.log_in_as("bob").succeeded();

    for call in [refused, waiting] {
        assert_eq!(call.failed(), Error::SessionEnded { end: None });
    }
    assert_eq!((tab.server.count(ME), tab.server.count("/api/refused")), (0, 1));
    assert_eq!(tab.user_name().as_deref(), Some("Bob"));
}

#[test]
fn waiting_requests_fail_if_reauthentication_is_canceled() {
    let tab = Tab::with_expired_token(Banking);
    let call = tab.get(ME);

    tab.cancel_reauthentication();

    assert_eq!(call.failed(), Error::SessionEnded { end: EXPIRED });
    assert_eq!(tab.status(), Status::Anonymous { end: EXPIRED });
    assert_eq!((tab.server.count(ME), tab.server.count(LOGOUT)), (0, 0));
}

#[test]
fn canceling_reauthentication_has_no_effect_on_an_active_session() {
    let tab = Tab::logged_in(Banking);

    tab.client.cancel_reauthentication();

    assert!(tab.is_logged_in());
}

#[test]
fn a_logout_instead_of_reauthentication_logs_out() {
    let tab = Tab::with_expired_token(Banking);
    let call = tab.get(ME);

    tab.log_out();

    let end = Some(SessionEnd::new(EndReason::LoggedOut));
    assert_eq!(call.failed(), Error::SessionEnded { end: end.clone() });
    assert_eq!(tab.status(), Status::Anonymous { end });
    assert_eq!(tab.server.count(LOGOUT), 0, "the session has expired anyway");
}

#[test]
fn a_refused_reauthentication_changes_nothing() {
    let tab = Tab::with_expired_token(Banking);
    let call = tab.get(ME);
    tab.server.always_answers(LOGIN, problem(401, "invalid_credentials"));

    tab.log_in().failed();

    assert!(tab.requires_reauth() && call.is_waiting());
    tab.server.recovers(LOGIN);
    tab.log_in().succeeded();
    assert_eq!(call.succeeded(), 200);
}

#[test]
fn a_session_can_expire_repeatedly() {
    let tab = Tab::with_expired_token(Banking);
    tab.log_in().succeeded();

    tab.advance(TOKEN_LIFETIME);

    assert!(tab.requires_reauth());
    let call = tab.get(ME);
    tab.log_in().succeeded();
    assert_eq!(call.succeeded(), 200);
}

#[test]
fn a_canceled_waiting_request_is_not_sent() {
    let tab = Tab::with_expired_token(Banking);
    tab.get(ME).cancel();

    tab.log_in().succeeded();

    assert_eq!(tab.server.count(ME), 0);
}

// Behavior 5.
#[test]
fn an_endpoint_that_rejects_every_token_causes_one_reauthentication() {
    let tab = Tab::logged_in(Banking);
    tab.server.always_answers(ME, problem(401, "token_expired"));
    let call = tab.get(ME);
    assert!(tab.requires_reauth());
    tab.log_in().succeeded();
    assert_eq!(call.succeeded(), 401);

    for _ in 0..5 {
        assert_eq!(tab.get(ME).succeeded(), 401);
        assert_eq!(tab.get("/api/other").succeeded(), 200);
    }

    assert!(!tab.requires_reauth());
}
