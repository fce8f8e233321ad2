//! `POST /api/account/password`.

use doorward_api::{EndReason, ErrorCode};
use futures::future::{join, join_all};
use serde_json::json;
use server::{model::audit::Actor, model::session::SessionId, model::user::UserId, store::RevokeOutcome};
use test_macros::app_test;

use crate::support::{Browser, PASSWORD, TestApp};

const NEW_PASSWORD: &str = "another horse and another staple";

#[app_test(each_policy)]
async fn the_new_password_replaces_the_old_one(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;

    let response = ada.change_password(PASSWORD, NEW_PASSWORD).await.assert_status(204);

    assert!(response.body.is_empty());
    app.log_in("ada@example.com", PASSWORD).await.assert_refused(ErrorCode::InvalidCredentials);
    app.log_in("ada@example.com", NEW_PASSWORD).await.assert_ok();
}

#[app_test(each_policy)]
async fn a_change_ends_every_other_session_and_its_access_token(app: TestApp) {
    let phone = app.logged_in("ada@example.com").await;
    let laptop = app.logged_in("ada@example.com").await;
    let tablet = app.logged_in("ada@example.com").await;
    let bob = app.logged_in("bob@example.com").await;

    laptop.change_password(PASSWORD, NEW_PASSWORD).await.assert_ok();

    for ended in [&phone, &tablet] {
        ended.me().await.assert_ended(EndReason::PasswordChanged);
        ended.account().await.assert_ended(EndReason::PasswordChanged);
        ended.refresh().await.assert_ended(EndReason::PasswordChanged);
        ended.change_password(NEW_PASSWORD, PASSWORD).await.assert_ended(EndReason::PasswordChanged);
    }
    for live in [&laptop, &bob] {
        live.me().await.assert_ok();
        live.refresh().await.assert_ok();
    }
}

#[app_test(each_policy)]
async fn the_other_sessions_stay_ended_after_a_restart(app: TestApp) {
    let phone = app.logged_in("ada@example.com").await;
    let laptop = app.logged_in("ada@example.com").await;
    laptop.change_password(PASSWORD, NEW_PASSWORD).await.assert_ok();

    app.restart().await;

    phone.me().await.assert_ended(EndReason::PasswordChanged);
    laptop.me().await.assert_ok();
}

#[app_test(each_policy)]
async fn a_wrong_current_password_changes_nothing(app: TestApp) {
    let phone = app.logged_in("ada@example.com").await;
    let laptop = app.logged_in("ada@example.com").await;

    for wrong in ["", "wrong horse battery staple", "Correct horse battery staple", &"x".repeat(1025)] {
        laptop.change_password(wrong, NEW_PASSWORD).await.assert_refused(ErrorCode::InvalidCredentials);
    }

    phone.me().await.assert_ok();
    app.log_in("ada@example.com", PASSWORD).await.assert_ok();
    app.log_in("ada@example.com", NEW_PASSWORD).await.assert_refused(ErrorCode::InvalidCredentials);
}

#[app_test(each_policy)]
async fn an_invalid_new_password_changes_nothing(app: TestApp) {
    let phone = app.logged_in("ada@example.com").await;
    let laptop = app.logged_in("ada@example.com").await;

    laptop.change_password(PASSWORD, "short").await.assert_invalid_fields(&["new_password"]);

    phone.refresh().await.assert_ok();
    app.log_in("ada@example.com", PASSWORD).await.assert_ok();
}

#[app_test(each_policy)]
async fn an_invalid_new_password_counts_as_no_attempt(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    for _ in 0..20 {
        ada.change_password(PASSWORD, "short").await.assert_invalid_fields(&["new_password"]);
    }
    ada.change_password(PASSWORD, NEW_PASSWORD).await.assert_ok();
}

#[app_test(each_policy)]
async fn unknown_fields_are_refused(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let form = json!({"current_password": PASSWORD, "new_password": NEW_PASSWORD, "email": "eve@example.com"});
    ada.post("/api/account/password").json(&form).await.assert_invalid_fields(&["email"]);
    app.log_in("ada@example.com", PASSWORD).await.assert_ok();
}

#[app_test(each_policy)]
async fn of_two_concurrent_changes_one_succeeds(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;

    let (one, other) = join(
        ada.change_password(PASSWORD, "the first of two new passwords"),
        ada.change_password(PASSWORD, "the other of two new passwords"),
    )
    .await;

    let (won, lost) = if one.status == 204 { (one, other) } else { (other, one) };
    won.assert_status(204);
    lost.assert_refused(ErrorCode::InvalidCredentials);
    app.log_in("ada@example.com", PASSWORD).await.assert_refused(ErrorCode::InvalidCredentials);
}

#[app_test(each_policy)]
async fn a_session_revoked_during_hashing_changes_nothing(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let thief = app.logged_in("ada@example.com").await;
    let store = &app.state().store;
    let user = store.user(&UserId(ada.token_response.user.id.clone())).await.expect("a response").expect("a user");
    let (thiefs_session, now) = (SessionId(thief.session_id().to_owned()), app.state().clock.now());

    ada.revoke(&thief).await.assert_ok();
    let changed = store.change_password(&user, &user.password_hash, &thiefs_session, &[], (&Actor::System, now)).await;

    assert!(matches!(changed, Ok(Some(RevokeOutcome::CallerEnded))), "the password is unchanged");
    ada.me().await.assert_ok();
    app.log_in("ada@example.com", PASSWORD).await.assert_ok();
    let version = store.user(&user.id).await.expect("a response").expect("a user").password_version;
    assert_eq!(version, user.password_version);
}

#[app_test(each_policy)]
async fn no_racing_login_with_the_old_password_outlives_the_change(app: TestApp) {
    app.restart_with(|settings| settings.set("login_attempts", "off")).await;
    for round in 0..3 {
        let email = format!("ada{round}@example.com");
        let ada = app.logged_in(&email).await;

        let logins = join_all((0..30).map(|_| app.log_in(&email, PASSWORD)));
        let (changed, logins) = join(ada.change_password(PASSWORD, NEW_PASSWORD), logins).await;

        changed.assert_status(204);
        for response in logins {
            if response.status == 200 {
                let browser = Browser::from_response(&app, &email, response);
                browser.me().await.assert_ended(EndReason::PasswordChanged);
                browser.refresh().await.assert_ended(EndReason::PasswordChanged);
            } else {
                response.assert_refused(ErrorCode::InvalidCredentials);
            }
        }
    }
}
