//! A password is reset with a second factor where the account requires one.

use doorward_api::{EndReason, ErrorCode};
use serde_json::{Value, json};
use test_macros::app_test;

use crate::{
    recovery_pages::submit,
    support::{Factors, PASSWORD, Response, TestApp},
};

const ADA: &str = "ada@example.com";
const NEW_PASSWORD: &str = "another horse and another staple";

async fn token(app: &TestApp) -> String {
    app.advance_millis(1);
    app.post("/api/auth/forgot").json(&json!({"email": ADA})).await.assert_status(202);
    app.mail_for("reset", ADA).await.token().to_owned()
}

async fn reset(app: &TestApp, token: &str, factor: &Value) -> Response {
    let mut form = factor.clone();
    form["token"] = json!(token);
    form["password"] = json!(NEW_PASSWORD);
    app.post("/api/auth/reset").json(&form).await
}

async fn with_second_step(app: &TestApp) -> Factors {
    app.verify_emails().await;
    app.restart_with_mail().await;
    app.turn_on_second_step(ADA).await
}

#[app_test(each_policy)]
async fn without_a_factor_nothing_happens(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let factors = with_second_step(&app).await;
    let token = token(&app).await;

    reset(&app, &token, &json!({})).await.assert_invalid_fields(&["totp"]);
    reset(&app, &token, &json!({"totp": ""})).await.assert_invalid_fields(&["totp"]);
    reset(&app, &token, &factors.wrong_code(&app)).await.assert_refused(ErrorCode::SecondFactorInvalid);
    ada.me().await.assert_ok();
    ada.refresh().await.assert_ok();
    app.log_in(ADA, PASSWORD).await.assert_refused(ErrorCode::SecondFactorRequired);

    reset(&app, &token, &factors.code(&app, 0)).await.assert_status(204);
    ada.me().await.assert_ended(EndReason::PasswordChanged);
    app.log_in(ADA, NEW_PASSWORD).await.assert_refused(ErrorCode::SecondFactorRequired);
}

#[app_test]
async fn a_recovery_code_resets_once_and_the_factors_stay(app: TestApp) {
    app.logged_in(ADA).await;
    let factors = with_second_step(&app).await;
    let link = token(&app).await;
    reset(&app, &link, &factors.recovery_code(0)).await.assert_status(204);

    let mail = app.mail_for("reset-done", ADA).await.content.text;
    assert!(mail.contains("Your second factors have not changed: authenticator app, recovery codes."), "{mail}");
    app.mail_for("recovery-code-used", ADA).await;
    let link = token(&app).await;
    reset(&app, &link, &factors.recovery_code(0)).await.assert_refused(ErrorCode::SecondFactorInvalid);
    let kept = "select (select count(*) from totp_seeds) * 100 + (select count(*) from recovery_codes)";
    assert_eq!(app.database().value(kept).await, "109");
}

#[app_test]
async fn a_wrong_factor_leaves_the_link_usable_until_the_fifth(app: TestApp) {
    app.logged_in(ADA).await;
    let factors = with_second_step(&app).await;
    app.restart_with(|settings| settings.set("login_attempts", "off")).await;
    let link = token(&app).await;
    for _ in 0..4 {
        reset(&app, &link, &factors.wrong_code(&app)).await.assert_refused(ErrorCode::SecondFactorInvalid);
    }
    // A password that breaks a rule is no attempt.
    let form = json!({"token": link, "password": "short", "totp": "000000"});
    app.post("/api/auth/reset").json(&form).await.assert_invalid_fields(&["password"]);
    reset(&app, &link, &factors.wrong_code(&app)).await.assert_refused(ErrorCode::SecondFactorInvalid);
    reset(&app, &link, &factors.code(&app, 0)).await.assert_refused(ErrorCode::TicketInvalid);
    app.log_in(ADA, PASSWORD).await.assert_refused(ErrorCode::SecondFactorRequired);
}

#[app_test]
async fn wrong_factors_of_resets_count_for_the_account(app: TestApp) {
    app.logged_in(ADA).await;
    let factors = with_second_step(&app).await;
    let link = token(&app).await;
    for _ in 0..4 {
        reset(&app, &link, &factors.wrong_code(&app)).await.assert_refused(ErrorCode::SecondFactorInvalid);
    }
    let ticket = app.login_ticket(ADA).await;
    app.send_factor(&ticket, &factors.wrong_code(&app)).await.assert_refused(ErrorCode::SecondFactorInvalid);
    // And leave the link alive while no more can be tried.
    for _ in 0..6 {
        reset(&app, &link, &factors.code(&app, 0)).await.assert_refused(ErrorCode::TooManyAttempts);
    }
    app.advance(180);
    reset(&app, &link, &factors.code(&app, 0)).await.assert_status(204);
}

/// The comparison with the present password is for who has the factor.
#[app_test]
async fn who_lacks_the_factor_does_not_learn_the_password(app: TestApp) {
    app.logged_in(ADA).await;
    let factors = with_second_step(&app).await;
    let link = token(&app).await;
    let mut form = factors.wrong_code(&app);
    form["token"] = json!(link);
    form["password"] = json!(PASSWORD);
    app.post("/api/auth/reset").json(&form).await.assert_refused(ErrorCode::SecondFactorInvalid);
    form["totp"] = factors.code(&app, 0)["totp"].clone();
    app.post("/api/auth/reset").json(&form).await.assert_invalid_fields(&["password"]);
    // The code has not been used up.
    reset(&app, &link, &factors.code(&app, 0)).await.assert_status(204);
}

#[app_test]
async fn the_page_asks_for_the_factor_in_the_same_form(app: TestApp) {
    app.logged_in(ADA).await;
    app.logged_in("bob@example.com").await;
    let factors = with_second_step(&app).await;
    let link = token(&app).await;
    let page = app.get(&format!("/reset?token={link}")).await.assert_status(200);
    assert!(page.text().contains("Code from your app or a recovery code"));
    let german = app.get(&format!("/reset?token={link}")).header("accept-language", "de").await;
    assert!(german.text().contains("Code aus Ihrer App oder ein Wiederherstellungscode"));

    let fields = [("token", link.as_str()), ("password", NEW_PASSWORD)];
    let page = submit(&app, "/reset", &fields).await.assert_status(422);
    assert!(page.text().contains("Enter the code from your app, or a recovery code."));
    let code = factors.recovery_code(0);
    let code = code["recovery_code"].as_str().expect("a code");
    let wrong = [fields[0], fields[1], ("code", "000000")];
    let page = submit(&app, "/reset", &wrong).await.assert_status(401);
    assert!(page.text().contains("code-error") && !page.text().contains(NEW_PASSWORD));
    submit(&app, "/reset", &[fields[0], fields[1], ("code", code)]).await.assert_status(303);

    app.post("/api/auth/forgot").json(&json!({"email": "bob@example.com"})).await.assert_status(202);
    let link = app.mail_to("bob@example.com").await.token().to_owned();
    let page = app.get(&format!("/reset?token={link}")).await.assert_status(200);
    assert!(!page.text().contains("recovery code"));
}
