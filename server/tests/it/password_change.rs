//! `POST /api/account/password`.

use doorward_api::{EndReason, ErrorCode};
use futures::future::{join, join_all};
use serde_json::json;
use server::{
    model::{audit::Actor, began_with::BeganWith, credential::NewSession, session::SessionId, user::UserId},
    store::RevokeOutcome,
};
use test_macros::app_test;

use crate::support::{Browser, PASSWORD, TestApp, eventually};

const NEW_PASSWORD: &str = "another horse and another staple";

#[app_test(each_policy)]
async fn the_new_password_replaces_the_old_one(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;

    let response = ada.change_password(PASSWORD, NEW_PASSWORD).await;

    // Where the page stores the credentials, it needs the new ones.
    let (status, is_empty) = if ada.credential_storage().is_cookie() { (204, true) } else { (200, false) };
    assert_eq!(response.assert_status(status).body.is_empty(), is_empty);
    app.log_in("ada@example.com", PASSWORD).await.assert_refused(ErrorCode::InvalidCredentials);
    app.log_in("ada@example.com", NEW_PASSWORD).await.assert_ok();
}

#[app_test(each_policy)]
async fn a_change_ends_every_other_session_and_its_access_token(app: TestApp) {
    let phone = app.logged_in("ada@example.com").await;
    let mut laptop = app.logged_in("ada@example.com").await;
    let tablet = app.logged_in("ada@example.com").await;
    let bob = app.logged_in("bob@example.com").await;

    laptop.change_password_and_store(PASSWORD, NEW_PASSWORD).await;

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

/// An attacker has a copy of what the browser stored before the change.
#[app_test(each_policy)]
async fn a_copy_of_the_callers_old_credentials_is_worth_nothing(app: TestApp) {
    let mut ada = app.logged_in("ada@example.com").await;
    let copy = ada.clone();
    let node = app.another_node().await;
    copy.on_node(&node).me().await.assert_ok();

    ada.change_password_and_store(PASSWORD, NEW_PASSWORD).await;
    node.poll_revocations();
    eventually(async || copy.on_node(&node).me().await.status == 401).await;

    assert_ne!(ada.session_id(), copy.session_id());
    for app in [&app, &node] {
        let copy = copy.on_node(app);
        for response in [copy.me().await, copy.account().await, copy.change_password(NEW_PASSWORD, PASSWORD).await] {
            response.assert_status(401);
        }
        copy.refresh().await.assert_status(401);
        ada.on_node(app).me().await.assert_ok();
        ada.on_node(app).refresh().await.assert_ok();
    }
    // Not even a logout.
    copy.log_out().await.assert_ok();
    ada.account().await.assert_ok();
}

#[app_test(renewable_policies)]
async fn the_old_credential_is_refused_with_the_reason(app: TestApp) {
    let mut ada = app.logged_in("ada@example.com").await;
    let copy = ada.clone();
    ada.change_password_and_store(PASSWORD, NEW_PASSWORD).await;
    copy.refresh().await.assert_ended(EndReason::PasswordChanged);
}

/// `token_invalid` and not `session_ended`: the browser has a new cookie, so its tabs refresh and continue.
#[app_test(retention)]
async fn the_other_tabs_of_the_browser_stay_logged_in(app: TestApp) {
    let mut ada = app.logged_in("ada@example.com").await;
    let mut other_tab = ada.clone();
    let stream = other_tab.session_end_stream().await;

    ada.change_password_and_store(PASSWORD, NEW_PASSWORD).await;

    assert!(stream.end().await.is_none(), "the stream closes without an event");
    other_tab.me().await.assert_refused(ErrorCode::TokenInvalid);
    other_tab.credential.clone_from(&ada.credential);
    other_tab.refresh_and_store().await;
    other_tab.me().await.assert_ok();
}

/// Its page still expects the old id.
#[app_test(server_session)]
async fn the_other_tabs_of_a_cookie_session_stay_logged_in(app: TestApp) {
    let mut ada = app.logged_in("ada@example.com").await;
    let mut other_tab = ada.clone();
    for (old, new) in [(PASSWORD, NEW_PASSWORD), (NEW_PASSWORD, PASSWORD)] {
        ada.change_password_and_store(old, new).await;
        other_tab.credential.clone_from(&ada.credential);
        other_tab.me().await.assert_ok();
        other_tab.refresh().await.assert_ok();
    }
    app.restart().await;
    other_tab.me().await.assert_ok();
    other_tab.log_out().await.assert_ok();
    ada.me().await.assert_ended(EndReason::LoggedOut);
}

#[app_test(each_policy)]
async fn the_callers_session_keeps_its_label_and_its_end(app: TestApp) {
    let mut ada = app.logged_in("ada@example.com").await;
    let path = format!("/api/sessions/{}", ada.session_id());
    ada.request("PATCH", &path).json(&json!({"label": "Desk"})).await.assert_ok();
    let before = ada.sessions().await.remove(0);
    app.advance(60);

    ada.change_password_and_store(PASSWORD, NEW_PASSWORD).await;

    let sessions = ada.sessions().await;
    assert_eq!(sessions.len(), 1);
    let after = &sessions[0];
    assert_ne!(after.id, before.id);
    assert!(after.current);
    assert_eq!(after.label.as_deref(), Some("Desk"));
    assert_eq!((&after.created_at, &after.expires_at), (&before.created_at, &before.expires_at));
}

#[app_test(each_policy)]
async fn the_other_sessions_stay_ended_after_a_restart(app: TestApp) {
    let phone = app.logged_in("ada@example.com").await;
    let mut laptop = app.logged_in("ada@example.com").await;
    let copy = laptop.clone();
    laptop.change_password_and_store(PASSWORD, NEW_PASSWORD).await;

    app.restart().await;

    phone.me().await.assert_ended(EndReason::PasswordChanged);
    copy.me().await.assert_status(401);
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

    let (won, lost) = if one.status < 300 { (one, other) } else { (other, one) };
    won.assert_ok();
    // Checked before the other one committed, or after: its password or its credential is the old one.
    lost.assert_status(401);
    app.log_in("ada@example.com", PASSWORD).await.assert_refused(ErrorCode::InvalidCredentials);
}

#[app_test(each_policy)]
async fn a_session_revoked_during_hashing_changes_nothing(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let thief = app.logged_in("ada@example.com").await;
    let store = &app.state().store;
    let user = store.user(&UserId(ada.token_response.user.id.clone())).await.expect("a response").expect("a user");
    let (thiefs_session, now) = (SessionId(thief.session_id().to_owned()), app.state().clock.now());

    let session = store.session(&thiefs_session).await.expect("a response").expect("a session");
    let rotated =
        NewSession { session: session.rotated(false, now), credential_hash: None, began_with: BeganWith::Password };

    ada.revoke(&thief).await.assert_ok();
    let rotation = (&thiefs_session, &rotated);
    let changed = store.change_password(&user, &user.password_hash, rotation, &[], None, (&Actor::System, now)).await;

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

        changed.assert_ok();
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
