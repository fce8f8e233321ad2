//! Recovery codes are made with the first second factor and anew, shown once, and never stored.

use std::collections::HashSet;

use doorward_api::{ErrorCode, RecoveryCodes};
use serde_json::json;
use test_macros::app_test;

use crate::support::{Browser, TestApp};

const ADA: &str = "ada@example.com";

async fn make(browser: &Browser) -> crate::support::Response {
    browser.post("/api/account/recovery-codes").await
}

#[app_test(each_policy)]
async fn new_codes_make_all_old_ones_unknown(app: TestApp) {
    let mut ada = app.logged_in(ADA).await;
    let (authenticator, old) = ada.set_up_totp().await;
    app.logged_in_with(ADA, &json!({"recovery_code": old[0]})).await;
    ada.confirm_with_app(&authenticator).await;

    let new: RecoveryCodes = make(&ada).await.assert_status(200).parse();

    let new = new.recovery_codes;
    assert_eq!((new.len(), ada.security().await.recovery_codes_left), (10, 10));
    let distinct: HashSet<_> = new.iter().chain(&old).collect();
    assert_eq!(distinct.len(), 20);
    for code in &new {
        let groups: Vec<_> = code.split('-').collect();
        assert!(groups.len() == 6 && groups.iter().all(|group| group.len() == 4), "{code}");
    }
    let ticket = app.login_ticket(ADA).await;
    for code in &old[..3] {
        app.send_factor(&ticket, &json!({"recovery_code": code})).await.assert_refused(ErrorCode::SecondFactorInvalid);
    }
    let spelled = new[1].replace('-', " ").to_uppercase();
    app.send_factor(&ticket, &json!({"recovery_code": spelled})).await.assert_ok();
    assert_eq!(ada.security().await.recovery_codes_left, 9);
}

#[app_test(each_policy)]
async fn new_codes_require_a_second_factor_where_the_account_does(app: TestApp) {
    let mut ada = app.logged_in(ADA).await;
    make(&ada).await.assert_refused(ErrorCode::SecondFactorMissing);
    let (authenticator, _) = ada.set_up_totp().await;
    app.advance(600);
    if ada.credential_storage().is_renewable() {
        ada.refresh_and_store().await;
    }
    make(&ada).await.assert_refused(ErrorCode::StepUpRequired);
    ada.confirm_with_app(&authenticator).await;
    make(&ada).await.assert_status(200);
    // The password alone proves enough where it alone logs in.
    ada.request("PUT", "/api/account/second-step").json(&json!({"on": false})).await.assert_status(200);
    let ada = app.logged_in(ADA).await;
    make(&ada).await.assert_status(200);
    app.get("/api/account/recovery-codes").await.assert_status(405);
}

#[app_test]
async fn neither_seed_nor_codes_are_in_the_database_in_events_or_in_the_export(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let setup = ada.begin_totp().await;
    let authenticator = crate::support::AuthenticatorApp::scan(&setup);
    let response = ada.finish_totp(&authenticator.code(&app)).await.assert_status(200);
    assert_eq!(response.header("cache-control"), Some("no-store"));
    let codes: RecoveryCodes = response.parse();
    let contents = app.database().contents().await;
    let export = ada.get("/api/account/export").await.assert_status(200);
    let security = ada.get("/api/account/security").await.assert_status(200);
    let activity = ada.get("/api/activity").await.assert_status(200);
    for text in [contents.as_str(), export.text(), security.text(), activity.text()] {
        let lower = text.to_lowercase();
        assert!(!lower.contains(&setup.secret.to_lowercase()) && !lower.contains("otpauth"), "{text}");
        for code in &codes.recovery_codes {
            assert!(!lower.contains(code) && !lower.contains(&code.replace('-', "")), "{text}");
        }
    }
}

#[app_test]
async fn the_export_says_when_factors_were_set_up(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    app.advance(1);
    ada.set_up_totp().await;
    let export: doorward_api::AccountExport = ada.get("/api/account/export").await.assert_status(200).parse();
    let factors = export.second_factors;
    assert!(factors.second_step);
    assert_eq!(factors.totp_set_up_at.expect("a time").as_str(), "2026-01-01T00:00:01Z");
    assert_eq!(
        (factors.recovery_codes_left, factors.recovery_codes_made_at.expect("a time").as_str().to_owned()),
        (10, "2026-01-01T00:00:01Z".into())
    );
}
