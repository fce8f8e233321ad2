//! Sessions that end, or go to another user, while requests wait for a confirmation.
//!
//! Behavior 39.

use doorward_api::PolicyName::Banking;

use super::support::{
    confirmations::{CONFIRM, CONFIRM_WITHIN, DANGEROUS},
    policies::{EACH, under},
    replies::session_ended,
    server::TOKEN_LIFETIME,
    tab::Tab,
};
use crate::{Error, Status};

/// The fifth wrong password in a row does that.
#[test]
fn a_session_that_a_wrong_password_ends_ends_for_the_waiting_requests_too() {
    under(EACH, |policy| {
        let tab = Tab::with_old_proof(policy);
        let call = tab.get(DANGEROUS);
        tab.server.always_answers(CONFIRM, session_ended("too_many_confirmations"));
        assert!(matches!(tab.confirm_with("wrong").failed(), Error::SessionEnded { .. }));
        assert!(matches!(call.failed(), Error::SessionEnded { .. }));
        assert!(matches!(tab.status(), Status::Anonymous { .. }));
        assert!(!tab.asks_for_confirmation());
    });
}

#[test]
fn a_logout_ends_the_wait() {
    under(EACH, |policy| {
        let tab = Tab::with_old_proof(policy);
        let call = tab.get(DANGEROUS);
        tab.log_out();
        assert!(matches!(call.failed(), Error::SessionEnded { .. }));
        assert!(!tab.asks_for_confirmation());
    });
}

// Behavior 18.
#[test]
fn another_user_confirms_nothing_for_the_first() {
    under(EACH, |policy| {
        let tab = Tab::with_old_proof(policy);
        let call = tab.get(DANGEROUS);
        let before = tab.server.count(DANGEROUS);
        tab.log_in_as("bob").succeeded();
        assert!(matches!(call.failed(), Error::SessionEnded { .. }));
        assert_eq!(tab.server.count(DANGEROUS), before);
        assert!(!tab.asks_for_confirmation());
    });
}

// Behavior 26. The login proves the same.
#[test]
fn a_session_that_expires_meanwhile_asks_for_a_login_instead() {
    let tab = Tab::with_old_proof(Banking);
    let call = tab.get(DANGEROUS);
    tab.advance(TOKEN_LIFETIME);
    assert!(tab.requires_reauth() && !tab.asks_for_confirmation() && call.is_waiting());
    tab.log_in().succeeded();
    assert_eq!(call.succeeded(), 200);
    assert_eq!(tab.server.count(CONFIRM), 0);
}

// Behavior 26.
#[test]
fn a_confirmation_does_not_lengthen_a_session_that_is_not_renewable() {
    let tab = Tab::logged_in(Banking);
    tab.watch_confirmations();
    tab.advance(CONFIRM_WITHIN);
    tab.confirm().succeeded();
    tab.advance_until_left(TOKEN_LIFETIME, CONFIRM_WITHIN);
    assert!(tab.requires_reauth());
}
