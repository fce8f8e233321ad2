//! Confirmations of accounts with a second factor, and password changes after them.

use doorward_api::{EndReason, ErrorCode, EventKind, FactorKind, Session};
use serde_json::json;
use test_macros::app_test;

use crate::support::{Browser, PASSWORD, TestApp};

const ADA: &str = "ada@example.com";
const NEW_PASSWORD: &str = "another horse and another staple";

async fn current(browser: &Browser) -> Session {
    browser.sessions().await.into_iter().find(|session| session.current).expect("the caller's session")
}

#[app_test(each_policy)]
async fn parts_of_the_proof_are_not_enough(app: TestApp) {
    app.logged_in(ADA).await;
    let factors = app.turn_on_second_step(ADA).await;
    let ada = app.logged_in_with(ADA, &factors.code(&app, 0)).await;
    app.advance(60);
    let before = current(&ada).await;
    for part in [json!({"password": PASSWORD}), json!({}), factors.code(&app, 0), factors.recovery_code(0)] {
        let problem = ada.confirm_with(&part).await.assert_refused(ErrorCode::SecondFactorRequired).problem();
        assert_eq!(problem.methods, Some(vec![FactorKind::Totp, FactorKind::RecoveryCode]));
        assert_eq!((problem.ticket, problem.expires_in), (None, None));
    }
    assert_eq!(current(&ada).await, before);
    // A right factor that was not used up is good for the whole proof.
    ada.confirm_with_factor(&factors.code(&app, 0)).await.assert_ok();
}

#[app_test(each_policy)]
async fn a_whole_proof_moves_time_and_strength_of_this_session(app: TestApp) {
    let mut ada = app.logged_in(ADA).await;
    let factors = app.turn_on_second_step(ADA).await;
    assert_eq!(current(&ada).await.acr, "1");
    for factor in [factors.code(&app, 1), factors.recovery_code(0)] {
        app.advance(30);
        ada.token_response = ada.confirm_with_factor(&factor).await.assert_status(200).parse();
        let session = &ada.token_response.session;
        assert_eq!((session.acr.as_str(), session.amr.join(" ").as_str()), ("2", "pwd otp mfa"));
        assert!(session.auth_time > session.created_at);
        let listed = current(&ada).await;
        assert_eq!((&listed.acr, &listed.auth_time), (&session.acr, &session.auth_time));
        // Used up.
        ada.confirm_with_factor(&factor).await.assert_refused(ErrorCode::SecondFactorInvalid);
    }
    ada.confirm(PASSWORD).await.assert_refused(ErrorCode::SecondFactorRequired);
}

#[app_test(each_policy)]
async fn the_fifth_wrong_confirmation_ends_the_session(app: TestApp) {
    app.logged_in(ADA).await;
    let factors = app.turn_on_second_step(ADA).await;
    let ada = app.logged_in_with(ADA, &factors.code(&app, 0)).await;
    let wrong = factors.wrong_code(&app);
    for _ in 0..2 {
        ada.confirm_with_factor(&wrong).await.assert_refused(ErrorCode::SecondFactorInvalid);
        ada.confirm("a wrong horse with a staple").await.assert_refused(ErrorCode::InvalidCredentials);
    }
    ada.confirm_with_factor(&wrong).await.assert_ended(EndReason::TooManyConfirmations);
    ada.me().await.assert_ended(EndReason::TooManyConfirmations);
    let failed = format!("select count(*) from events where kind = '{}'", EventKind::SecondFactorFailed.name());
    assert_eq!(app.database().value(failed).await, "3");
}

/// One limit for logins and confirmations.
#[app_test]
async fn wrong_factors_of_confirmations_count_for_the_account(app: TestApp) {
    app.logged_in(ADA).await;
    let factors = app.turn_on_second_step(ADA).await;
    let ada = app.logged_in_with(ADA, &factors.code(&app, 0)).await;
    for _ in 0..4 {
        ada.confirm_with_factor(&factors.wrong_code(&app)).await.assert_refused(ErrorCode::SecondFactorInvalid);
    }
    let ticket = app.login_ticket(ADA).await;
    app.send_factor(&ticket, &factors.wrong_code(&app)).await.assert_refused(ErrorCode::SecondFactorInvalid);
    ada.confirm_with_factor(&factors.code(&app, 1)).await.assert_refused(ErrorCode::TooManyAttempts);
}

#[app_test(each_policy)]
async fn a_password_change_keeps_the_strength_of_the_session(app: TestApp) {
    app.logged_in(ADA).await;
    let factors = app.turn_on_second_step(ADA).await;
    let mut ada = app.logged_in_with(ADA, &factors.code(&app, 0)).await;
    app.advance(60);
    let before = current(&ada).await;
    ada.change_password_and_store(PASSWORD, NEW_PASSWORD).await;
    let after = current(&ada).await;
    assert_eq!((after.acr, after.amr, after.auth_time), (before.acr, before.amr, before.auth_time));
}

#[app_test(renewable_policies)]
async fn a_password_change_requires_a_recent_proof_with_both_factors(app: TestApp) {
    app.logged_in(ADA).await;
    let factors = app.turn_on_second_step(ADA).await;
    let mut ada = app.logged_in_with(ADA, &factors.code(&app, 0)).await;
    app.advance(600);
    ada.refresh_and_store().await;
    ada.change_password(PASSWORD, NEW_PASSWORD).await.assert_refused(ErrorCode::StepUpRequired);
    app.log_in(ADA, PASSWORD).await.assert_refused(ErrorCode::SecondFactorRequired);
    ada.token_response = ada.confirm_with_factor(&factors.code(&app, 0)).await.assert_status(200).parse();
    ada.change_password_and_store(PASSWORD, NEW_PASSWORD).await;
    app.log_in(ADA, NEW_PASSWORD).await.assert_refused(ErrorCode::SecondFactorRequired);
}
