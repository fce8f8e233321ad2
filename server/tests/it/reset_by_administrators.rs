//! `POST /api/admin/users/{id}/reset-password`: administrators start a reset, and never see a link.

use doorward_api::ErrorCode;
use serde_json::json;
use test_macros::app_test;

use crate::{
    support::{Browser, Response, TestApp},
    users::admin,
};

const BOB: &str = "bob@example.com";
const NEW_PASSWORD: &str = "another horse and another staple";

async fn reset(admin: &Browser, id: &str) -> Response {
    admin.post(&format!("/api/admin/users/{id}/reset-password")).await
}

#[app_test(each_policy)]
async fn the_user_gets_a_link_that_the_administrator_never_sees(app: TestApp) {
    let mut ada = admin(&app).await;
    let bob = app.logged_in(BOB).await;
    app.restart_with_mail().await;

    let response = reset(&ada, bob.user_id()).await.assert_status(202);

    assert!(response.body.is_empty());
    bob.refresh().await.assert_ok();
    let token = app.mail_to(BOB).await.token().to_owned();
    let new = json!({"token": token, "password": NEW_PASSWORD});
    app.post("/api/auth/reset").json(&new).await.assert_status(204);
    app.log_in(BOB, NEW_PASSWORD).await.assert_ok();
    let event = "select count(*) from events where kind = 'reset_asked' and actor_id is not null and ip is null";
    assert_eq!(app.database().value(event).await, "1");

    app.advance(600);
    if ada.credential_storage().is_renewable() {
        ada.refresh_and_store().await;
    }
    reset(&ada, bob.user_id()).await.assert_refused(ErrorCode::StepUpRequired);
    assert_eq!(app.mails_to(BOB).await.iter().filter(|mail| mail.purpose == "reset").count(), 1);
}

#[app_test]
async fn there_is_no_link_for_users_who_cannot_use_it_nor_without_mail(app: TestApp) {
    let ada = admin(&app).await;
    let bob = app.logged_in(BOB).await;
    reset(&ada, bob.user_id()).await.assert_refused(ErrorCode::NotFound);
    app.restart_with_mail().await;
    reset(&ada, "00").await.assert_refused(ErrorCode::NotFound);
    reset(&bob, ada.user_id()).await.assert_refused(ErrorCode::Forbidden);
    for column in ["disabled_at", "delete_at"] {
        app.database().execute(format!("update users set {column} = 9999999999999 where email = '{BOB}'")).await;
        reset(&ada, bob.user_id()).await.assert_refused(ErrorCode::NotFound);
        app.database().execute(format!("update users set {column} = null where email = '{BOB}'")).await;
    }
    assert!(app.mails_to(BOB).await.is_empty());
}

#[app_test(policies_with_access_tokens)]
async fn an_administrator_whose_session_has_been_revoked_sends_none(app: TestApp) {
    let ada = admin(&app).await;
    let bob = app.logged_in(BOB).await;
    app.restart_with_mail().await;
    // The other node's change, which has not reached this node yet.
    let now = app.unix_time() * 1000;
    let id = ada.session_id();
    let end = format!("update sessions set ended_at = {now}, end_reason = 'revoked' where session_id = '{id}'");
    app.database().execute(end).await;
    reset(&ada, bob.user_id()).await.assert_refused(ErrorCode::SessionEnded);
    assert!(app.mails_to(BOB).await.is_empty());
}
