//! The second step of a login: `second_factor_required`, and `POST /api/auth/login/factor`.

use doorward_api::{Activity, ErrorCode, EventKind, FactorKind};
use serde_json::json;
use test_macros::app_test;

use crate::support::{Browser, Forgery, PASSWORD, TestApp};

const ADA: &str = "ada@example.com";

async fn sessions(app: &TestApp) -> String {
    app.database().value("select count(*) from sessions").await
}

#[app_test(each_policy)]
async fn a_right_password_starts_no_session_and_gives_a_ticket(app: TestApp) {
    app.logged_in(ADA).await;
    app.turn_on_second_step(ADA).await;
    let before = sessions(&app).await;

    let response = app.log_in(ADA, PASSWORD).await.assert_refused(ErrorCode::SecondFactorRequired);

    let problem = response.problem();
    assert_eq!(problem.ticket.map(|ticket| ticket.len()), Some(64));
    assert_eq!(problem.methods, Some(vec![FactorKind::Totp, FactorKind::RecoveryCode]));
    assert_eq!(problem.expires_in, Some(300));
    assert!(response.set_cookies().is_empty() && response.header("www-authenticate").is_none());
    assert_eq!(sessions(&app).await, before);
}

#[app_test(each_policy)]
async fn a_code_or_a_recovery_code_completes_the_login(app: TestApp) {
    app.logged_in(ADA).await;
    let factors = app.turn_on_second_step(ADA).await;
    for factor in [factors.code(&app, 0), factors.recovery_code(0)] {
        let mut ada = app.logged_in_with(ADA, &factor).await;

        let session = ada.token_response.session.clone();
        assert_eq!((session.acr.as_str(), session.amr.join(" ").as_str()), ("2", "pwd otp mfa"));
        if ada.credential_storage().has_access_token() {
            let claims = Forgery::of(ada.access_token()).claims;
            assert_eq!((&claims["acr"], &claims["amr"]), (&json!("2"), &json!(["pwd", "otp", "mfa"])));
        }
        ada.me().await.assert_ok();
        // A refresh keeps the proof, and the time of it.
        app.advance(100);
        let refreshed = ada.refresh_and_store().await.session;
        assert_eq!((refreshed.acr, refreshed.amr, refreshed.auth_time), (session.acr, session.amr, session.auth_time));
    }
}

#[app_test(each_policy)]
async fn a_code_is_accepted_as_people_type_it_and_once(app: TestApp) {
    app.logged_in(ADA).await;
    let factors = app.turn_on_second_step(ADA).await;
    let code = factors.code(&app, 0)["totp"].as_str().expect("a code").to_owned();
    let spaced = json!({"totp": format!(" {} {} ", &code[..3], &code[3..])});
    app.logged_in_with(ADA, &spaced).await;

    let ticket = app.login_ticket(ADA).await;
    app.send_factor(&ticket, &json!({"totp": code})).await.assert_refused(ErrorCode::SecondFactorInvalid);
    // Nor one from before it, which was not used.
    app.send_factor(&ticket, &factors.code(&app, -1)).await.assert_refused(ErrorCode::SecondFactorInvalid);
    app.send_factor(&ticket, &factors.code(&app, 1)).await.assert_ok();
}

#[app_test]
async fn the_present_step_and_its_neighbors_are_accepted(app: TestApp) {
    app.logged_in(ADA).await;
    let factors = app.turn_on_second_step(ADA).await;
    let ticket = app.login_ticket(ADA).await;
    for steps in [-2, 2] {
        app.send_factor(&ticket, &factors.code(&app, steps)).await.assert_refused(ErrorCode::SecondFactorInvalid);
    }
    for steps in [-1, 0, 1] {
        app.logged_in_with(ADA, &factors.code(&app, steps)).await;
    }
}

/// A new seed has steps of its own: those of the old one say nothing.
#[app_test]
async fn a_new_seed_starts_with_no_step_used(app: TestApp) {
    app.logged_in(ADA).await;
    let old = app.turn_on_second_step(ADA).await;
    app.logged_in_with(ADA, &old.code(&app, 1)).await;
    let new = app.replace_totp(ADA).await;
    let ticket = app.login_ticket(ADA).await;
    app.send_factor(&ticket, &old.code(&app, 0)).await.assert_refused(ErrorCode::SecondFactorInvalid);
    app.send_factor(&ticket, &new.code(&app, -1)).await.assert_ok();
}

#[app_test]
async fn a_recovery_code_works_once_and_is_reported(app: TestApp) {
    let phone = app.logged_in(ADA).await;
    let factors = app.turn_on_second_step(ADA).await;
    app.verify_emails().await;
    app.restart_with_mail().await;
    let written = factors.recovery_code(3)["recovery_code"].as_str().expect("a code").to_uppercase().replace('-', " ");
    app.logged_in_with(ADA, &json!({"recovery_code": written})).await;

    let ticket = app.login_ticket(ADA).await;
    app.send_factor(&ticket, &factors.recovery_code(3)).await.assert_refused(ErrorCode::SecondFactorInvalid);
    let mail = app.mail_for("recovery-code-used", ADA).await;
    assert!(
        mail.content.text.contains("9 are left") && mail.link().contains("/not-me?token="),
        "{}",
        mail.content.text
    );
    let events = phone.get("/api/activity").await.parse::<Activity>().events;
    let used = events.iter().filter(|event| event.kind == EventKind::RecoveryCodeUsed);
    assert!(used.inspect(|event| assert!(event.ip.is_some())).count() == 1);
    assert_eq!(app.database().value("select count(*) from recovery_codes").await, "9");
}

#[app_test(each_policy)]
async fn a_ticket_is_good_for_its_purpose_alone(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let factors = app.turn_on_second_step(ADA).await;
    let ticket = app.login_ticket(ADA).await;
    app.get("/api/me").bearer(&ticket).await.assert_refused(ErrorCode::TokenInvalid);
    app.refresh_with(&ticket).await.assert_status(401);
    app.get("/api/me").session_cookie(&ticket).await.assert_status(401);
    let confirm = json!({"ticket": ticket, "password": PASSWORD});
    ada.confirm_with(&confirm).await.assert_invalid_fields(&["ticket"]);
    let reset = json!({"token": ticket, "password": "another horse and another staple"});
    app.post("/api/auth/reset").json(&reset).await.assert_status(404);
    let registration = json!({"ticket": ticket, "code": "12345678"});
    app.post("/api/auth/register/confirm").json(&registration).await.assert_refused(ErrorCode::TicketInvalid);
    app.send_factor(&ticket, &factors.code(&app, 0)).await.assert_ok();
    // One success.
    app.send_factor(&ticket, &factors.code(&app, 1)).await.assert_refused(ErrorCode::TicketInvalid);
}

#[app_test]
async fn a_ticket_ends_after_five_minutes_and_is_deleted(app: TestApp) {
    app.logged_in(ADA).await;
    let factors = app.turn_on_second_step(ADA).await;
    let ticket = app.login_ticket(ADA).await;
    app.advance_millis(299_999);
    app.send_factor(&ticket, &factors.wrong_code(&app)).await.assert_refused(ErrorCode::SecondFactorInvalid);
    app.advance_millis(1);
    app.send_factor(&ticket, &factors.code(&app, 0)).await.assert_refused(ErrorCode::TicketInvalid);
    app.clean_up().await;
    app.advance(1);
    app.clean_up().await;
    assert_eq!(app.database().value("select count(*) from pending_logins").await, "0");
    for unknown in ["", "x", &"0".repeat(64), &"A".repeat(64)] {
        app.send_factor(unknown, &factors.code(&app, 0)).await.assert_refused(ErrorCode::TicketInvalid);
    }
}

#[app_test]
async fn a_ticket_ends_with_every_change_of_password_factors_or_account(app: TestApp) {
    app.logged_in(ADA).await;
    let factors = app.turn_on_second_step(ADA).await;
    for change in [
        "password_version = password_version + 1",
        "factors_version = factors_version + 1",
        "disabled_at = 1",
        "password_refused_at = 1",
    ] {
        let ticket = app.login_ticket(ADA).await;
        app.database().execute(format!("update users set {change}")).await;
        app.send_factor(&ticket, &factors.code(&app, 0)).await.assert_refused(ErrorCode::TicketInvalid);
        app.database().execute("update users set disabled_at = null, password_refused_at = null").await;
        app.send_factor(&ticket, &factors.code(&app, 0)).await.assert_status(if change.contains("version") {
            422
        } else {
            200
        });
        app.advance(60);
    }
}

#[app_test]
async fn exactly_one_factor_is_sent(app: TestApp) {
    app.logged_in(ADA).await;
    let factors = app.turn_on_second_step(ADA).await;
    let ticket = app.login_ticket(ADA).await;
    app.send_factor(&ticket, &json!({})).await.assert_invalid_fields(&["totp"]);
    app.send_factor(&ticket, &json!({"totp": " "})).await.assert_invalid_fields(&["totp"]);
    let both = json!({"totp": "123456", "recovery_code": "abcd"});
    app.send_factor(&ticket, &both).await.assert_invalid_fields(&["recovery_code"]);
    app.send_factor(&ticket, &json!({"sms": "123456"})).await.assert_invalid_fields(&["sms"]);
    app.send_factor(&ticket, &factors.code(&app, 0)).await.assert_ok();
}

#[app_test]
async fn the_kind_that_was_used_last_comes_first_and_recovery_codes_last(app: TestApp) {
    app.logged_in(ADA).await;
    let factors = app.turn_on_second_step(ADA).await;
    let (passkey, totp, code) = (FactorKind::Passkey, FactorKind::Totp, FactorKind::RecoveryCode);
    for (host, expected) in [("elsewhere.test", vec![totp, code]), ("doorward.test", vec![passkey, totp, code])] {
        app.database()
            .execute(format!(
                "insert into passkeys (passkey_id, credential_id, user_id, name, public_key, rp_id, sign_count, \
                 backup_eligible, backed_up, user_verified, transports, aaguid, created_at) \
                 select '{host}', '{host}', user_id, '{host}', '', '{host}', 0, 0, 0, 1, '', '', 1 from users"
            ))
            .await;
        assert_eq!(app.second_factor_required(ADA).await.methods, Some(expected), "{host}");
    }
    app.logged_in_with(ADA, &factors.code(&app, 0)).await;
    assert_eq!(app.second_factor_required(ADA).await.methods, Some(vec![totp, passkey, code]));
    app.logged_in_with(ADA, &factors.recovery_code(0)).await;
    assert_eq!(app.second_factor_required(ADA).await.methods, Some(vec![passkey, totp, code]));
}

/// Which factors there are is revealed only after the right password.
#[app_test(each_policy)]
async fn a_wrong_password_says_nothing_about_factors(app: TestApp) {
    app.logged_in(ADA).await;
    app.turn_on_second_step(ADA).await;
    let wrong = app.log_in(ADA, "wrong horse battery staple").await.assert_refused(ErrorCode::InvalidCredentials);
    let unknown = app.log_in("nobody@example.com", PASSWORD).await.assert_refused(ErrorCode::InvalidCredentials);
    assert_eq!((wrong.body, wrong.headers.len()), (unknown.body, unknown.headers.len()));
}

/// A browser that has logged in before is known, and asked all the same.
#[app_test(policies_with_cookies)]
async fn no_browser_is_spared_the_second_step(app: TestApp) {
    app.logged_in(ADA).await;
    let factors = app.turn_on_second_step(ADA).await;
    let ada = app.logged_in_with(ADA, &factors.code(&app, 0)).await;
    ada.log_in_with(PASSWORD).await.assert_refused(ErrorCode::SecondFactorRequired);
    ada.log_in_as(ADA).await.assert_refused(ErrorCode::SecondFactorRequired);
    ada.me().await.assert_ok();
}

/// A session that began before has one factor, and goes on.
#[app_test(each_policy)]
async fn a_login_replaces_the_session_of_its_browser_with_the_second_step_alone(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let factors = app.turn_on_second_step(ADA).await;
    let form = json!({"email": ADA, "password": PASSWORD});
    let response = app.post("/api/auth/login").with_cookie_of(&ada).json(&form).await;
    let ticket = response.assert_refused(ErrorCode::SecondFactorRequired).problem().ticket.expect("a ticket");
    ada.me().await.assert_ok();

    let mut form = factors.code(&app, 0);
    form["ticket"] = json!(ticket);
    let response = app.post("/api/auth/login/factor").with_cookie_of(&ada).json(&form).await.assert_ok();

    let after = Browser::from_response(&app, ADA, response);
    after.me().await.assert_ok();
    assert_eq!(ada.me().await.status == 401, ada.credential_storage().is_cookie());
}
