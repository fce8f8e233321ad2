//! What requires that the user has proved who they are within `confirm_within` (RFC 9470).

use doorward_api::{EndReason, ErrorCode};
use serde_json::Value;
use test_macros::app_test;

use crate::{
    support::{Browser, PASSWORD, Response, TestApp},
    users::admin,
};

const BOB: &str = "bob@example.com";

/// What administrators must confirm, for one user.
const DANGEROUS: [(&str, &str); 3] = [("POST", "disable"), ("POST", "enable"), ("DELETE", "sessions")];

async fn send(admin: &Browser, (method, action): (&str, &str), user: &Browser) -> Response {
    admin.request(method, &format!("/api/admin/users/{}/{action}", user.user_id())).await
}

/// Lets time pass in which the session continues.
async fn advance(app: &TestApp, browser: &mut Browser, seconds: u64) {
    app.advance(seconds);
    if browser.credential_storage().is_renewable() {
        browser.refresh_and_store().await;
    }
}

#[app_test(each_policy, also_with_valkey)]
async fn administrators_confirm_before_they_disable_or_enable_users_or_log_them_out(app: TestApp) {
    let mut ada = admin(&app).await;
    let bob = app.logged_in(BOB).await;
    for dangerous in DANGEROUS {
        send(&ada, dangerous, &bob).await.assert_status(200);
    }
    advance(&app, &mut ada, 600).await;

    for dangerous in DANGEROUS {
        let refused = send(&ada, dangerous, &bob).await.assert_refused(ErrorCode::StepUpRequired);
        let challenge = refused.header("www-authenticate").expect("a challenge");
        assert!(challenge.starts_with("Bearer error=\"insufficient_user_authentication\", error_description="));
        assert!(challenge.ends_with(", max_age=600"), "{challenge}");
    }
    // The session continues, and everything else works.
    ada.get("/api/admin/users").await.assert_ok();
    ada.me().await.assert_ok();

    ada.confirm_and_store().await;
    for dangerous in DANGEROUS {
        send(&ada, dangerous, &bob).await.assert_status(200);
    }
}

#[app_test(each_policy)]
async fn a_refused_call_has_no_effect(app: TestApp) {
    let mut ada = admin(&app).await;
    let bob = app.logged_in(BOB).await;
    advance(&app, &mut ada, 600).await;
    for dangerous in DANGEROUS {
        send(&ada, dangerous, &bob).await.assert_refused(ErrorCode::StepUpRequired);
    }
    assert_eq!(app.database().value("select count(*) from users where disabled_at is not null").await, "0");
    assert_eq!(app.database().value("select count(*) from sessions where end_reason is not null").await, "0");
}

#[app_test(each_policy)]
async fn a_proof_is_recent_for_less_than_confirm_within(app: TestApp) {
    app.restart_with(|settings| settings.set("confirm_within", "2m")).await;
    let mut ada = admin(&app).await;
    let bob = app.logged_in(BOB).await;
    advance(&app, &mut ada, 119).await;
    send(&ada, DANGEROUS[1], &bob).await.assert_status(200);
    advance(&app, &mut ada, 1).await;
    let refused = send(&ada, DANGEROUS[1], &bob).await.assert_refused(ErrorCode::StepUpRequired);
    assert!(refused.header("www-authenticate").expect("a challenge").ends_with("max_age=120"));
    ada.confirm_and_store().await;
    advance(&app, &mut ada, 119).await;
    send(&ada, DANGEROUS[1], &bob).await.assert_status(200);
}

#[app_test(each_policy)]
async fn who_lacks_the_role_is_not_asked_for_the_password(app: TestApp) {
    let mut bob = app.logged_in(BOB).await;
    advance(&app, &mut bob, 600).await;
    let ada = admin(&app).await;
    for dangerous in DANGEROUS {
        send(&bob, dangerous, &ada).await.assert_refused(ErrorCode::Forbidden);
    }
}

/// It proves the same: the user is not asked twice.
#[app_test(each_policy)]
async fn a_password_change_asks_for_the_current_password_alone(app: TestApp) {
    let mut ada = admin(&app).await;
    let bob = app.logged_in(BOB).await;
    advance(&app, &mut ada, 700).await;
    ada.change_password_and_store(PASSWORD, "another horse and another staple").await;
    send(&ada, DANGEROUS[0], &bob).await.assert_status(200);
    bob.refresh().await.assert_ended(EndReason::RevokedByAdmin);
}

#[app_test(each_policy)]
async fn a_confirmation_counts_for_its_own_session_alone(app: TestApp) {
    let mut phone = admin(&app).await;
    let mut laptop = app.logged_in(&phone.email).await;
    let bob = app.logged_in(BOB).await;
    advance(&app, &mut phone, 600).await;
    advance(&app, &mut laptop, 0).await;
    laptop.confirm_and_store().await;
    advance(&app, &mut phone, 0).await;
    send(&phone, DANGEROUS[0], &bob).await.assert_refused(ErrorCode::StepUpRequired);
    send(&laptop, DANGEROUS[0], &bob).await.assert_status(200);
}

/// A copy of an access token from before the confirmation is as weak as it was.
#[app_test(policies_with_access_tokens)]
async fn an_access_token_from_before_the_confirmation_is_not_enough(app: TestApp) {
    app.restart_with(|settings| settings.set("confirm_within", "1m")).await;
    let stolen = admin(&app).await;
    let bob = app.logged_in(BOB).await;
    app.advance(61);
    let mut ada = stolen.clone();
    ada.confirm_and_store().await;
    send(&stolen, DANGEROUS[0], &bob).await.assert_refused(ErrorCode::StepUpRequired);
    send(&ada, DANGEROUS[0], &bob).await.assert_status(200);
}

/// Its time is that of the login, and a rolling upgrade must not make it more.
#[app_test(policies_with_access_tokens)]
async fn an_access_token_of_the_version_before_is_not_recent(app: TestApp) {
    let ada = admin(&app).await;
    let bob = app.logged_in(BOB).await;
    let old = ada.access_forgery().claim("acr", Value::Null).claim("amr", Value::Null).signed_as_access_token(&app);
    app.get("/api/me").bearer(&old).await.assert_ok();
    let path = format!("/api/admin/users/{}/disable", bob.user_id());
    app.post(&path).bearer(&old).await.assert_refused(ErrorCode::StepUpRequired);
}

/// Another node has confirmed, and Valkey still has the session as it was.
#[app_test(server_session, with_valkey)]
async fn a_cached_session_is_read_again_before_the_user_is_asked(app: TestApp) {
    let mut ada = admin(&app).await;
    let bob = app.logged_in(BOB).await;
    app.advance(600);
    ada.me().await.assert_ok();
    let now = app.now().0;
    app.database().execute(format!("update sessions set auth_time = {now}")).await;
    send(&ada, DANGEROUS[0], &bob).await.assert_status(200);
    ada.confirm_and_store().await;
}

#[app_test]
async fn confirm_within_is_from_a_minute_to_twelve_hours(app: TestApp) {
    for possible in ["1m", "12h"] {
        app.restart_with(|settings| settings.set("confirm_within", possible)).await;
    }
    for impossible in ["59s", "12h 1s", "off", "0", "a while"] {
        let refused = app.try_restart_with(|settings| settings.set("confirm_within", impossible)).await;
        assert!(refused.expect_err(impossible).contains("confirm_within"));
    }
}

/// A clock that was fast at the login does not make the proof last longer.
#[app_test(retention)]
async fn a_proof_that_a_fast_clock_has_dated_in_the_future_becomes_old_in_time(app: TestApp) {
    app.shift_wall_clock(7200);
    let mut ada = admin(&app).await;
    let bob = app.logged_in(BOB).await;
    app.shift_wall_clock(-7200);
    app.restart().await;
    app.migrate_policies().await;
    ada.refresh_and_store().await;
    advance(&app, &mut ada, 601).await;
    send(&ada, DANGEROUS[0], &bob).await.assert_refused(ErrorCode::StepUpRequired);
}
