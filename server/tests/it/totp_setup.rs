//! `/api/account/totp`: an authenticator app is in use from its first right code on.

use doorward_api::{ErrorCode, RecoveryCodes};
use futures::future::join_all;
use serde_json::json;
use test_macros::app_test;

use crate::support::{AuthenticatorApp, Browser, PASSWORD, TestApp};

const ADA: &str = "ada@example.com";

async fn remove(browser: &Browser) -> crate::support::Response {
    browser.request("DELETE", "/api/account/totp").await
}

async fn kinds(app: &TestApp) -> Vec<String> {
    let query = "select kind from events where kind not in ('registered', 'logged_in') order by kind";
    app.database().rows(query).await.into_iter().flatten().collect()
}

#[app_test(each_policy, also_with_valkey)]
async fn the_first_right_code_puts_an_app_into_use_and_turns_the_second_step_on(app: TestApp) {
    let (ada, other) = (app.logged_in(ADA).await, app.logged_in(ADA).await);
    let setup = ada.begin_totp().await;
    assert_eq!((setup.secret.len(), setup.expires_in), (32, 600));
    let expected = format!("otpauth://totp/Doorward:ada%40example.com?secret={}&issuer=Doorward", setup.secret);
    assert_eq!(setup.uri, expected);
    assert!(setup.qr.starts_with('M') && setup.qr_size > 30, "{} {}", setup.qr, setup.qr_size);
    let authenticator = AuthenticatorApp::scan(&setup);
    let before = ada.security().await;
    assert!(!before.totp && !before.second_step && before.recovery_codes_left == 0 && before.password);
    // It is not in use yet.
    app.log_in(ADA, PASSWORD).await.assert_ok();

    let made: RecoveryCodes = ada.finish_totp(&authenticator.code(&app)).await.assert_status(200).parse();

    assert_eq!(made.recovery_codes.len(), 10);
    let after = ada.security().await;
    assert!(after.totp && after.second_step && after.recovery_codes_left == 10);
    assert_eq!(kinds(&app).await, ["recovery_code_made", "second_step_on", "totp_on"]);
    // This session and the others continue.
    for browser in [&ada, &other] {
        browser.me().await.assert_ok();
        browser.refresh().await.assert_ok();
    }
    // The code of the set-up is used.
    let ticket = app.login_ticket(ADA).await;
    app.send_factor(&ticket, &authenticator.factor(&app)).await.assert_refused(ErrorCode::SecondFactorInvalid);
    app.advance(30);
    app.send_factor(&ticket, &authenticator.factor(&app)).await.assert_ok();
}

#[app_test(each_policy)]
async fn the_session_of_the_set_up_counts_as_proved_with_it(app: TestApp) {
    let mut ada = app.logged_in(ADA).await;
    ada.set_up_totp().await;
    let session = ada.sessions().await.into_iter().find(|session| session.current).expect("the session");
    assert_eq!((session.acr.as_str(), session.amr.join(" ")), ("2", "pwd otp mfa".into()));
    if ada.credential_storage().is_renewable() {
        assert_eq!(ada.refresh_and_store().await.session.acr, "2");
        remove(&ada).await.assert_status(204);
    } else {
        // Its access token is from before.
        remove(&ada).await.assert_refused(ErrorCode::StepUpRequired);
    }
}

#[app_test(each_policy)]
async fn a_wrong_code_changes_nothing_and_the_set_up_goes_on(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let authenticator = AuthenticatorApp::scan(&ada.begin_totp().await);
    for code in [
        "",
        "12345",
        "abcdef",
        &AuthenticatorApp::scan(&app.logged_in("bob@example.com").await.begin_totp().await).code(&app),
    ] {
        ada.finish_totp(code).await.assert_invalid_fields(&["code"]);
    }
    assert!(!ada.security().await.second_step && kinds(&app).await.is_empty());
    let code = authenticator.code(&app);
    ada.finish_totp(&format!(" {} {} ", &code[..3], &code[3..])).await.assert_status(200);
}

#[app_test]
async fn an_unfinished_set_up_lasts_ten_minutes_and_until_the_next_one(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    ada.finish_totp("123456").await.assert_refused(ErrorCode::TicketInvalid);
    let first = AuthenticatorApp::scan(&ada.begin_totp().await);
    let second = AuthenticatorApp::scan(&ada.begin_totp().await);
    ada.finish_totp(&first.code(&app)).await.assert_invalid_fields(&["code"]);
    assert_eq!(app.database().value("select count(*) from totp_seeds").await, "1");
    app.advance_millis(599_999);
    let ada = ada.log_in_again().await;
    ada.finish_totp("000000").await.assert_invalid_fields(&["code"]);
    app.advance_millis(1);
    ada.finish_totp(&second.code(&app)).await.assert_refused(ErrorCode::TicketInvalid);
    app.advance(1);
    app.clean_up().await;
    assert_eq!(app.database().value("select count(*) from totp_seeds").await, "0");
}

#[app_test(each_policy)]
async fn an_app_that_is_set_up_anew_replaces_the_old_one_with_its_first_code(app: TestApp) {
    let mut ada = app.logged_in(ADA).await;
    let (old, codes) = ada.set_up_totp().await;
    ada.confirm_with_app(&old).await;
    let new = AuthenticatorApp::scan(&ada.begin_totp().await);
    app.advance(30);
    app.logged_in_with(ADA, &old.factor(&app)).await;
    app.advance(30);

    let made: RecoveryCodes = ada.finish_totp(&new.code(&app)).await.assert_status(200).parse();

    assert!(made.recovery_codes.is_empty(), "the account has some");
    app.advance(30);
    let ticket = app.login_ticket(ADA).await;
    app.send_factor(&ticket, &old.factor(&app)).await.assert_refused(ErrorCode::SecondFactorInvalid);
    app.send_factor(&ticket, &new.factor(&app)).await.assert_ok();
    app.logged_in_with(ADA, &json!({"recovery_code": codes[0]})).await;
    assert_eq!(app.database().value("select count(*) from totp_seeds").await, "1");
}

#[app_test]
async fn of_many_uses_of_the_first_code_at_once_one_makes_codes(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let node = ada.on_node(&app.another_node().await);
    let code = AuthenticatorApp::scan(&ada.begin_totp().await).code(&app);
    let uses = (0..12).map(|number| if number % 2 == 0 { ada.finish_totp(&code) } else { node.finish_totp(&code) });
    let responses = join_all(uses).await;
    assert_eq!(responses.iter().filter(|response| response.status == 200).count(), 1, "{responses:?}");
    assert_eq!(app.database().value("select count(*) from recovery_codes").await, "10");
    assert_eq!(kinds(&app).await, ["recovery_code_made", "second_step_on", "totp_on"]);
}

#[app_test(each_policy, also_with_valkey)]
async fn turning_it_off_requires_a_second_factor_and_not_the_password_alone(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let (authenticator, codes) = ada.set_up_totp().await;
    let mut other = app.logged_in_with(ADA, &json!({"recovery_code": codes[0]})).await;
    app.advance(600);
    if other.credential_storage().is_renewable() {
        other.refresh_and_store().await;
    }
    let refused = remove(&other).await.assert_refused(ErrorCode::StepUpRequired);
    let challenge = refused.header("www-authenticate").expect("a challenge");
    assert!(challenge.contains("max_age=600") && challenge.ends_with(", acr_values=\"2 phr\""), "{challenge}");
    other.confirm(PASSWORD).await.assert_refused(ErrorCode::SecondFactorRequired);

    other.confirm_with_app(&authenticator).await;
    remove(&other).await.assert_status(204);

    let security = other.security().await;
    assert!(!security.totp && !security.second_step && security.recovery_codes_left == 0);
    app.log_in(ADA, PASSWORD).await.assert_ok();
    remove(&other).await.assert_refused(ErrorCode::NotFound);
    assert_eq!(app.database().value("select count(*) from events where kind = 'totp_off'").await, "1");
    assert_eq!(app.database().value("select count(*) from events where kind = 'second_step_off'").await, "1");
}

#[app_test]
async fn with_a_passkey_the_second_step_and_the_codes_stay_when_the_app_goes(app: TestApp) {
    let mut ada = app.logged_in(ADA).await;
    let (authenticator, _) = ada.set_up_totp().await;
    let passkey = "insert into passkeys (passkey_id, credential_id, user_id, name, public_key, rp_id, sign_count, backup_eligible, \
                   backed_up, user_verified, transports, aaguid, created_at) \
                   select 'p1', 'p1', user_id, 'Key', 'ab', 'doorward.test', 0, 0, 0, 1, '', '00', 1 from users";
    app.database().execute(passkey).await;
    ada.confirm_with_app(&authenticator).await;
    remove(&ada).await.assert_status(204);
    let security = ada.security().await;
    assert!(!security.totp && security.second_step && security.recovery_codes_left == 10);
}

#[app_test(each_policy)]
async fn a_set_up_requires_a_recent_proof(app: TestApp) {
    let mut ada = app.logged_in(ADA).await;
    let setup = ada.begin_totp().await;
    app.advance(599);
    ada = ada.log_in_again().await;
    app.get("/api/account/security").await.assert_refused(ErrorCode::TokenMissing);
    app.advance(600);
    if ada.credential_storage().is_renewable() {
        ada.refresh_and_store().await;
    }
    ada.post("/api/account/totp").await.assert_refused(ErrorCode::StepUpRequired);
    let code = AuthenticatorApp::scan(&setup).code(&app);
    ada.finish_totp(&code).await.assert_refused(ErrorCode::StepUpRequired);
}

#[app_test(policies_with_access_tokens)]
async fn a_session_that_has_been_revoked_changes_no_factor(app: TestApp) {
    let mut ada = app.logged_in(ADA).await;
    let (authenticator, _) = ada.set_up_totp().await;
    ada.confirm_with_app(&authenticator).await;
    let new = AuthenticatorApp::scan(&ada.begin_totp().await);
    // The other node's change, which has not reached this node yet.
    let (now, id) = (app.unix_time() * 1000, ada.session_id());
    let end = format!("update sessions set ended_at = {now}, end_reason = 'revoked' where session_id = '{id}'");
    app.database().execute(end).await;
    ada.post("/api/account/totp").await.assert_refused(ErrorCode::SessionEnded);
    app.advance(30);
    ada.finish_totp(&new.code(&app)).await.assert_refused(ErrorCode::SessionEnded);
    remove(&ada).await.assert_refused(ErrorCode::SessionEnded);
    ada.post("/api/account/recovery-codes").await.assert_refused(ErrorCode::SessionEnded);
    ada.request("PUT", "/api/account/second-step")
        .json(&json!({"on": false}))
        .await
        .assert_refused(ErrorCode::SessionEnded);
    assert_eq!(app.database().value("select count(*) from totp_seeds where confirmed_at is not null").await, "1");
}

#[app_test]
async fn each_change_is_mailed_once(app: TestApp) {
    let mut ada = app.logged_in(ADA).await;
    app.restart_with_mail().await;
    app.verify_emails().await;
    let (authenticator, _) = ada.set_up_totp().await;
    let on = app.mail_to(ADA).await;
    assert_eq!((on.purpose.as_str(), on.content.subject.as_str()), ("totp-on", "An authenticator app was set up"));
    assert!(on.link().contains("/not-me?token="), "{}", on.link());
    app.advance(1);
    ada.confirm_with_app(&authenticator).await;
    ada.post("/api/account/recovery-codes").await.assert_status(200);
    assert_eq!(app.mail_to(ADA).await.purpose, "recovery-codes-made");
    app.advance(1);
    let off = ada.request("PUT", "/api/account/second-step").header("accept-language", "de");
    off.json(&json!({"on": false})).await.assert_status(200);
    let off = app.mail_to(ADA).await;
    assert_eq!(
        (off.purpose.as_str(), off.content.subject.as_str()),
        ("second-step-off", "Der zweite Schritt wurde ausgeschaltet")
    );
    app.advance(1);
    ada.request("PUT", "/api/account/second-step").json(&json!({"on": false})).await.assert_status(200);
    ada.request("PUT", "/api/account/second-step").json(&json!({"on": true})).await.assert_status(200);
    assert_eq!(app.mail_to(ADA).await.purpose, "second-step-on");
    app.advance(1);
    remove(&ada).await.assert_status(204);
    assert_eq!(app.mail_to(ADA).await.purpose, "totp-off");
    assert_eq!(app.mails_to(ADA).await.len(), 5);
}

#[app_test]
async fn a_report_of_a_stranger_removes_the_app_that_the_stranger_has_set_up(app: TestApp) {
    let thief = app.logged_in(ADA).await;
    app.restart_with_mail().await;
    app.verify_emails().await;
    app.advance(1);
    thief.set_up_totp().await;
    let report = app.mail_to(ADA).await.token().to_owned();

    let answer = [("token", report.as_str()), ("answer", "not_me")];
    crate::recovery_pages::submit(&app, "/not-me", &answer).await.assert_status(303);

    thief.me().await.assert_ended(doorward_api::EndReason::NotMe);
    app.advance(1);
    app.post("/api/auth/forgot").json(&json!({"email": ADA})).await.assert_status(202);
    let token = app.mail_to(ADA).await.token().to_owned();
    let new = json!({"token": token, "password": "another horse and another staple"});
    app.post("/api/auth/reset").json(&new).await.assert_status(204);
    app.log_in(ADA, "another horse and another staple").await.assert_ok();
    assert_eq!(app.database().value("select count(*) from recovery_codes").await, "0");
}
