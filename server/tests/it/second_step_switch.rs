//! `PUT /api/account/second-step`: whether a second factor is required after the password.

use doorward_api::{ErrorCode, RecoveryCodes};
use serde_json::json;
use test_macros::app_test;

use crate::support::{Browser, PASSWORD, Response, TestApp};

const ADA: &str = "ada@example.com";

async fn switch(browser: &Browser, on: bool) -> Response {
    browser.request("PUT", "/api/account/second-step").json(&json!({"on": on})).await
}

async fn add_passkey(app: &TestApp) {
    let passkey = "insert into passkeys (passkey_id, credential_id, user_id, name, public_key, rp_id, sign_count, backup_eligible, \
                   backed_up, user_verified, transports, aaguid, created_at) \
                   select 'p1', 'p1', user_id, 'Key', 'ab', 'doorward.test', 0, 0, 0, 1, '', '00', 1 from users";
    app.database().execute(passkey).await;
}

#[app_test(each_policy)]
async fn it_goes_on_with_a_passkey_and_makes_recovery_codes(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    switch(&ada, true).await.assert_refused(ErrorCode::SecondFactorMissing);
    add_passkey(&app).await;
    app.log_in(ADA, PASSWORD).await.assert_ok();

    let made: RecoveryCodes = switch(&ada, true).await.assert_status(200).parse();

    assert_eq!(made.recovery_codes.len(), 10);
    assert!(ada.security().await.second_step);
    app.log_in(ADA, PASSWORD).await.assert_refused(ErrorCode::SecondFactorRequired);
    app.logged_in_with(ADA, &json!({"recovery_code": made.recovery_codes[0]})).await;
    let again: RecoveryCodes = switch(&ada, true).await.assert_status(200).parse();
    assert!(again.recovery_codes.is_empty());
    let events = "select count(*) from events where kind in ('second_step_on', 'recovery_code_made')";
    assert_eq!(app.database().value(events).await, "2");
}

#[app_test(each_policy)]
async fn it_goes_off_with_a_second_factor_and_keeps_the_app_and_the_codes(app: TestApp) {
    let mut ada = app.logged_in(ADA).await;
    let (authenticator, _) = ada.set_up_totp().await;
    app.advance(600);
    if ada.credential_storage().is_renewable() {
        ada.refresh_and_store().await;
    }
    switch(&ada, false).await.assert_refused(ErrorCode::StepUpRequired);
    assert!(ada.security().await.second_step);
    ada.confirm_with_app(&authenticator).await;

    switch(&ada, false).await.assert_status(200);

    let security = ada.security().await;
    assert!(!security.second_step && security.totp && security.recovery_codes_left == 10);
    app.log_in(ADA, PASSWORD).await.assert_ok();
    // The factors that are left still prove more than the password.
    let mut again = app.logged_in(ADA).await;
    again.request("DELETE", "/api/account/totp").await.assert_refused(ErrorCode::StepUpRequired);
    again.confirm_with_app(&authenticator).await;
    again.request("DELETE", "/api/account/totp").await.assert_status(204);
    assert_eq!(again.security().await.recovery_codes_left, 0);
}

#[app_test]
async fn a_login_that_waits_for_its_factor_is_void_after_a_change(app: TestApp) {
    let mut ada = app.logged_in(ADA).await;
    let (authenticator, codes) = ada.set_up_totp().await;
    let ticket = app.login_ticket(ADA).await;
    ada.confirm_with_app(&authenticator).await;
    ada.post("/api/account/recovery-codes").await.assert_status(200);
    app.send_factor(&ticket, &json!({"recovery_code": codes[0]})).await.assert_refused(ErrorCode::TicketInvalid);
}

#[app_test(each_policy)]
async fn with_a_second_step_a_change_of_the_email_needs_no_code_from_the_present_address(app: TestApp) {
    let mut ada = app.logged_in(ADA).await;
    app.restart_with_mail().await;
    app.verify_emails().await;
    let needs_old_code = async |browser: &Browser| {
        let asked = browser.post("/api/account/email").json(&json!({"email": "ada@example.org"})).await;
        asked.assert_status(202).parse::<doorward_api::PendingEmailChange>().needs_old_code
    };
    assert!(needs_old_code(&ada).await);
    let (authenticator, _) = ada.set_up_totp().await;
    ada.confirm_with_app(&authenticator).await;
    assert!(!needs_old_code(&ada).await);
}

#[app_test]
async fn a_request_that_does_not_say_on_or_off_changes_nothing(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    ada.set_up_totp().await;
    for body in [json!({}), json!({"on": null}), json!({"off": true})] {
        ada.request("PUT", "/api/account/second-step").json(&body).await.assert_refused(ErrorCode::MalformedRequest);
    }
    assert!(ada.security().await.second_step);
}
