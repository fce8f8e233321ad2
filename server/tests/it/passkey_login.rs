//! `POST /api/auth/login/passkey`: exchanges a proof with a passkey for a session.

use doorward_api::{Activity, EndReason, ErrorCode, EventKind};
use futures::future::join_all;
use serde_json::{Value, json};
use test_macros::app_test;

use crate::support::{Authenticator, Browser, Forgery, Response, TestApp};

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";

async fn log_in(app: &TestApp, authenticator: &mut Authenticator) -> Browser {
    Browser::from_response(app, ADA, app.log_in_with_passkey(authenticator).await.assert_status(200))
}

#[app_test(each_policy, also_with_valkey)]
async fn a_passkey_logs_in_alone_and_is_two_factors(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let (_, mut authenticator) = ada.added_passkey().await;
    // No code is asked for afterwards.
    app.database().execute("update users set second_step = 1").await;
    app.advance(100);

    let phone = log_in(&app, &mut authenticator).await;

    assert_eq!(phone.user_id(), ada.user_id());
    let session = &phone.token_response.session;
    assert_eq!((session.acr.as_str(), session.amr.join(" ").as_str()), ("phr", "pop user mfa"));
    if phone.credential_storage().has_access_token() {
        let claims = Forgery::of(phone.access_token()).claims;
        assert_eq!((&claims["acr"], &claims["auth_time"]), (&json!("phr"), &json!(app.unix_time())));
    }
    phone.me().await.assert_ok();
    phone.refresh().await.assert_ok();
    ada.me().await.assert_ok();
    assert_eq!(app.database().value("select last_used_at from passkeys").await, app.now().0.to_string());
    let events = phone.get("/api/activity").await.parse::<Activity>().events;
    assert_eq!(events[0].kind, EventKind::LoggedIn);
}

#[app_test(each_policy)]
async fn a_login_replaces_the_session_of_the_browser(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let (_, mut authenticator) = ada.added_passkey().await;
    let proof = authenticator.prove(&app.login_challenge().await);
    let request = app.post("/api/auth/login/passkey").with_cookie_of(&ada).with_device_cookie_of(&ada);
    let phone = Browser::from_response(&app, ADA, request.json(&json!({"passkey": proof})).await);
    if ada.credential_storage().is_cookie() {
        ada.me().await.assert_ended(EndReason::Replaced);
    }
    phone.me().await.assert_ok();
}

#[app_test(each_policy)]
async fn security_keys_log_in_too(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let mut key = Authenticator::security_key();
    ada.add_passkey(&mut key).await.assert_status(201);
    for _ in 0..3 {
        log_in(&app, &mut key).await.me().await.assert_ok();
    }
    assert_eq!(app.database().value("select sign_count from passkeys").await, "4");
}

/// Each way to fail, but for the unknown passkey, looks the same.
#[app_test(each_policy)]
async fn what_is_wrong_with_a_proof_is_not_said(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let (_, authenticator) = ada.added_passkey().await;
    let (_, of_bob) = app.logged_in(BOB).await.added_passkey().await;
    let carol = app.logged_in("carol@example.com").await;
    let (_, mut of_carol) = carol.added_passkey().await;
    let disable = format!("update users set disabled_at = {} where user_id = '{}'", app.now().0, carol.user_id());
    app.database().execute(disable).await;
    let foreign = Authenticator { user_handle: of_bob.user_handle.clone(), ..authenticator.clone() };
    let nameless = Authenticator { user_handle: None, ..authenticator.clone() };
    let unverified = Authenticator { verifies_user: false, ..authenticator.clone() };
    let elsewhere = Authenticator { origin: "http://doorward.test".into(), ..authenticator.clone() };
    let impostor = Authenticator {
        credential_id: authenticator.credential_id.clone(),
        user_handle: authenticator.user_handle.clone(),
        ..Authenticator::default()
    };

    let mut refused = vec![app.log_in_with_passkey(&mut of_carol).await];
    for mut forged in [foreign, nameless, unverified, elsewhere, impostor] {
        refused.push(app.log_in_with_passkey(&mut forged).await);
    }
    for challenge in [&ada.challenge("passkey").await, &ada.challenge("confirm").await] {
        let mut options = app.login_challenge().await;
        options["challenge"] = challenge["challenge"].clone();
        refused.push(app.send_passkey(&authenticator.clone().prove(&options)).await);
    }
    let late = authenticator.clone().prove(&app.login_challenge().await);
    app.advance(10 * 60);
    refused.push(app.send_passkey(&late).await);
    for (member, text) in [("signature", ""), ("authenticator_data", "AAAA"), ("client_data", "e30"), ("id", "?")] {
        let mut broken = authenticator.clone().prove(&app.login_challenge().await);
        broken[member] = json!(text);
        refused.push(app.send_passkey(&broken).await);
    }

    for response in &refused {
        response.clone().assert_refused(ErrorCode::InvalidCredentials);
        assert_eq!((&response.body, response.set_cookies().len()), (&refused[0].body, 0));
        assert_eq!(response.headers_except_request_id(), refused[0].headers_except_request_id());
    }
    log_in(&app, &mut authenticator.clone()).await;
}

#[app_test(each_policy)]
async fn a_passkey_of_no_account_is_unknown_so_that_the_browser_can_forget_it(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let (passkey, mut authenticator) = ada.added_passkey().await;
    let mut stranger = Authenticator { user_handle: authenticator.user_handle.clone(), ..Authenticator::default() };
    app.log_in_with_passkey(&mut stranger).await.assert_refused(ErrorCode::PasskeyUnknown);
    ada.remove_passkey(&passkey).await.assert_status(204);
    app.log_in_with_passkey(&mut authenticator).await.assert_refused(ErrorCode::PasskeyUnknown);
}

#[app_test]
async fn of_any_number_of_uses_of_one_proof_on_two_nodes_one_logs_in(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let (_, mut authenticator) = ada.added_passkey().await;
    let other = app.another_node().await;
    let proof = authenticator.prove(&app.login_challenge().await);

    let responses =
        join_all((0..20).map(|n| if n % 2 == 0 { app.send_passkey(&proof) } else { other.send_passkey(&proof) })).await;

    let (logged_in, refused): (Vec<_>, Vec<_>) = responses.into_iter().partition(|response| response.status == 200);
    assert_eq!(logged_in.len(), 1);
    for response in refused {
        // Attempts have a limit, too.
        assert!(matches!(response.problem().code, ErrorCode::InvalidCredentials | ErrorCode::TooManyAttempts));
    }
    assert_eq!(app.database().value("select count(*) from sessions where credential <> 'password'").await, "1");
}

/// One challenge is for one proof, with any passkey.
#[app_test]
async fn a_challenge_is_answered_once_by_all_passkeys_together(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let (_, mut first) = ada.added_passkey().await;
    let (_, mut second) = ada.added_passkey().await;
    let options = app.login_challenge().await;
    app.send_passkey(&first.prove(&options)).await.assert_status(200);
    app.restart().await;
    app.send_passkey(&second.prove(&options)).await.assert_refused(ErrorCode::InvalidCredentials);
}

async fn with_mail(app: &TestApp) -> Browser {
    let ada = app.logged_in(ADA).await;
    app.restart_with_mail().await;
    app.verify_emails().await;
    ada
}

async fn kinds(browser: &Browser) -> Vec<EventKind> {
    browser.get("/api/activity").await.parse::<Activity>().events.into_iter().map(|event| event.kind).collect()
}

#[app_test]
async fn a_counter_that_does_not_move_on_is_reported_and_locks_nobody_out(app: TestApp) {
    let ada = with_mail(&app).await;
    let mut key = Authenticator::security_key();
    ada.add_passkey(&mut key).await.assert_status(201);
    let mut copy = key.clone();
    for _ in 0..3 {
        log_in(&app, &mut key).await;
    }
    assert!(!kinds(&ada).await.contains(&EventKind::PasskeyCounterBack));
    app.advance(1);

    let thief = log_in(&app, &mut copy).await;

    assert!(kinds(&ada).await.contains(&EventKind::PasskeyCounterBack));
    let notices = app.mails_to(ADA).await;
    assert_eq!(notices.iter().filter(|mail| mail.purpose == "passkey-counter-back").count(), 1);
    assert_eq!(app.database().value("select sign_count from passkeys").await, "4", "only forward");
    // Again within a day: an event, but no mail.
    log_in(&app, &mut copy).await;
    let notices = app.mails_to(ADA).await;
    assert_eq!(notices.iter().filter(|mail| mail.purpose == "passkey-counter-back").count(), 1);
    thief.me().await.assert_ok();
    log_in(&app, &mut key).await.me().await.assert_ok();
}

#[app_test]
async fn a_passkey_without_a_counter_is_not_reported(app: TestApp) {
    let ada = with_mail(&app).await;
    let (_, mut authenticator) = ada.added_passkey().await;
    for _ in 0..3 {
        log_in(&app, &mut authenticator).await;
    }
    assert!(!kinds(&ada).await.contains(&EventKind::PasskeyCounterBack));
}

/// It does in practice, although the specification says that it never does.
#[app_test]
async fn a_changed_eligibility_for_backups_is_an_event_and_no_refusal(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let (_, mut authenticator) = ada.added_passkey().await;
    authenticator.is_backed_up = false;
    log_in(&app, &mut authenticator).await;
    assert_eq!(app.database().value("select backed_up from passkeys").await, "0");
    assert!(!kinds(&ada).await.contains(&EventKind::PasskeyBackupChanged));

    authenticator.is_backup_eligible = false;
    log_in(&app, &mut authenticator).await;
    log_in(&app, &mut authenticator).await;

    let changes = kinds(&ada).await.into_iter().filter(|kind| *kind == EventKind::PasskeyBackupChanged).count();
    assert_eq!((changes, app.database().value("select backup_eligible from passkeys").await.as_str()), (1, "0"));
}

/// A stolen key without a PIN takes the one that the thief chooses.
#[app_test]
async fn a_passkey_that_was_added_without_a_pin_does_not_log_in_alone(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let mut key = Authenticator::security_key();
    ada.add_passkey(&mut key).await.assert_status(201);
    app.database().execute("update passkeys set user_verified = 0").await;
    app.log_in_with_passkey(&mut key).await.assert_refused(ErrorCode::InvalidCredentials);
}

#[app_test(each_policy)]
async fn an_account_that_is_going_to_be_deleted_says_so_to_its_user(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let (_, mut authenticator) = ada.added_passkey().await;
    ada.request("DELETE", "/api/account").await.assert_status(202);
    app.log_in_with_passkey(&mut authenticator).await.assert_refused(ErrorCode::DeletionPending);
    let mut forged = Authenticator {
        credential_id: authenticator.credential_id.clone(),
        user_handle: authenticator.user_handle.clone(),
        ..Authenticator::default()
    };
    app.log_in_with_passkey(&mut forged).await.assert_refused(ErrorCode::InvalidCredentials);
}

#[app_test]
async fn a_login_on_a_new_device_is_mailed(app: TestApp) {
    let ada = with_mail(&app).await;
    let (_, mut authenticator) = ada.added_passkey().await;
    let proof = authenticator.prove(&app.login_challenge().await);
    let known = app.post("/api/auth/login/passkey").with_device_cookie_of(&ada);
    known.json(&json!({"passkey": proof})).await.assert_status(200);
    let new_devices = async || app.mails_to(ADA).await.iter().filter(|mail| mail.purpose == "new-device").count();
    assert_eq!(new_devices().await, 0);
    log_in(&app, &mut authenticator).await;
    assert_eq!(new_devices().await, 1);
}

/// What strangers can try is limited by where they are, and takes nothing from the account.
#[app_test]
async fn refused_proofs_are_limited_per_network(app: TestApp) {
    app.restart_with(|settings| settings.set("login_attempts", "1/15m")).await;
    let ada = app.logged_in(ADA).await;
    let (_, authenticator) = ada.added_passkey().await;
    let send = async |proof: &Value, address: &str| -> Response {
        let request = app.post("/api/auth/login/passkey").with_address(address);
        request.json(&json!({"passkey": proof})).await
    };
    let forged = Authenticator::default().prove(&app.login_challenge().await);
    for _ in 0..60 {
        send(&forged, "198.51.100.1").await.assert_status(401);
    }
    send(&forged, "198.51.100.1").await.assert_refused(ErrorCode::TooManyAttempts);
    let good = authenticator.clone().prove(&app.login_challenge().await);
    send(&good, "198.51.100.1").await.assert_refused(ErrorCode::TooManyAttempts);
    send(&good, "203.0.113.9").await.assert_status(200);
    // A success is no attempt that counts.
    for _ in 0..5 {
        let good = authenticator.clone().prove(&app.login_challenge().await);
        send(&good, "203.0.113.9").await.assert_status(200);
    }
}

/// An account that a stranger was in stays closed until its user has a new password, with every credential.
#[app_test(each_policy)]
async fn after_a_report_of_a_stranger_no_passkey_opens_the_account_until_the_password_is_new(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let (_, mut authenticator) = ada.added_passkey().await;
    app.database().execute(format!("update users set password_refused_at = {}", app.now().0)).await;
    app.log_in_with_passkey(&mut authenticator).await.assert_refused(ErrorCode::InvalidCredentials);
    app.database().execute("update users set password_refused_at = null").await;
    log_in(&app, &mut authenticator).await;
}
