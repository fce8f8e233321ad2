//! Users delete their accounts, and can undo that for a while.

use doorward_api::{Deletion, EndReason, ErrorCode, Timestamp};
use futures::future::{join, join_all};
use serde_json::json;
use server::config::RawSettings;
use test_macros::app_test;

use crate::{
    recovery_pages::{scan, submit},
    support::{Browser, PASSWORD, Response, TestApp, eventually},
    users::admin,
};

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";
const DAY: u64 = 24 * 3600;

pub async fn delete(browser: &Browser) -> Response {
    browser.request("DELETE", "/api/account").await
}

async fn answer(app: &TestApp, token: &str, answer: &str) -> Response {
    submit(app, "/deletion/undo", &[("token", token), ("answer", answer)]).await
}

/// A user who has asked for the deletion, and the token of the mail.
async fn deleted(app: &TestApp) -> (Browser, String) {
    let ada = app.logged_in(ADA).await;
    app.restart_with_mail().await;
    delete(&ada).await.assert_status(202);
    let token = app.mail_to(ADA).await.token().to_owned();
    (ada, token)
}

async fn count(app: &TestApp, kind: &str) -> String {
    app.database().value(format!("select count(*) from events where kind = '{kind}'")).await
}

#[app_test(each_policy, also_with_valkey)]
async fn a_deletion_ends_all_sessions_at_once_on_every_node(app: TestApp) {
    let (phone, laptop) = (app.logged_in(ADA).await, app.logged_in(ADA).await);
    let bob = app.logged_in(BOB).await;
    let other = app.another_node().await.with_revocation_sync();
    laptop.on_node(&other).me().await.assert_ok();
    let tab = laptop.session_end_stream().await;

    let deletion: Deletion = delete(&phone).await.assert_status(202).parse();

    assert_eq!(deletion.delete_at.as_str(), "2026-01-08T00:00:00Z");
    for browser in [&phone, &laptop] {
        browser.me().await.assert_ended(EndReason::AccountDeleted);
        browser.refresh().await.assert_ended(EndReason::AccountDeleted);
    }
    assert_eq!(tab.end().await.expect("an event").reason, EndReason::AccountDeleted);
    let on_other = laptop.on_node(&other);
    eventually(async || on_other.me().await.status == 401).await;
    if !app.credential_storage().is_cookie() || app.credential_storage().is_renewable() {
        on_other.me().await.assert_ended(EndReason::AccountDeleted);
    }
    bob.me().await.assert_ok();
    delete(&phone).await.assert_ended(EndReason::AccountDeleted);
    assert_eq!(count(&app, "deletion_asked").await, "1");
}

#[app_test(each_policy)]
async fn a_deletion_requires_a_recent_proof_of_the_user(app: TestApp) {
    let mut ada = app.logged_in(ADA).await;
    app.advance(600);
    if ada.credential_storage().is_renewable() {
        ada.refresh_and_store().await;
    }
    delete(&ada).await.assert_refused(ErrorCode::StepUpRequired);
    ada.me().await.assert_ok();
    app.log_in(ADA, PASSWORD).await.assert_ok();

    ada.confirm_and_store().await;
    delete(&ada).await.assert_status(202);
}

#[app_test(each_policy)]
async fn only_the_right_password_reveals_until_when_a_deletion_can_be_undone(app: TestApp) {
    let bob = app.logged_in(BOB).await;
    drop(bob);
    let wrong_before = app.log_in(BOB, "a wrong horse with a staple").await;
    let (ada, _) = deleted(&app).await;

    let refused = app.log_in(ADA, PASSWORD).await.assert_refused(ErrorCode::DeletionPending);

    let problem = refused.problem();
    assert_eq!(problem.delete_at.as_ref().map(Timestamp::as_str), Some("2026-01-08T00:00:00Z"));
    let detail = problem.detail.expect("a detail");
    assert!(detail.contains("2026-01-08 00:00 UTC") && detail.contains("link"), "{detail}");
    assert!(refused.set_cookies().is_empty());
    ada.log_in_with(PASSWORD).await.assert_refused(ErrorCode::DeletionPending);
    if app.credential_storage().is_cookie() {
        let page = submit(&app, "/login", &[("email", ADA), ("password", PASSWORD)]).await.assert_status(403);
        assert!(page.text().contains("2026-01-08 00:00 UTC"), "{}", page.text());
    }

    let wrong = app.log_in(ADA, "a wrong horse with a staple").await.assert_refused(ErrorCode::InvalidCredentials);
    assert_eq!((wrong.status, &wrong.body), (wrong_before.status, &wrong_before.body));
    assert_eq!(wrong.headers_except_request_id(), wrong_before.headers_except_request_id());
}

#[app_test(each_policy)]
async fn the_link_in_the_mail_undoes_a_deletion_and_the_user_logs_in_as_before(app: TestApp) {
    let (ada, token) = deleted(&app).await;
    let mail = app.mail_to(ADA).await;
    assert_eq!(mail.purpose, "deletion");
    let text = &mail.content.text;
    assert!(text.contains("2026-01-08 00:00 UTC") && !text.contains("Lovelace"), "{text}");

    let page = app.get(&format!("/deletion/undo?token={token}")).await.assert_status(200);
    for text in ["Keep my account", "Delete it as planned", r#"type="radio""#, "2026-01-08 00:00 UTC"] {
        assert!(page.text().contains(text), "{text}: {}", page.text());
    }
    assert!(!page.text().contains("checked") && !page.text().contains("Lovelace") && !page.text().contains(ADA));
    app.log_in(ADA, PASSWORD).await.assert_refused(ErrorCode::DeletionPending);

    let done = answer(&app, &token, "keep").await.assert_status(303);

    assert_eq!(done.header("location"), Some("/deletion/undo?kept"), "without the token");
    assert!(done.set_cookies().is_empty());
    let page = app.get("/deletion/undo?kept").await.assert_status(200);
    assert!(page.text().contains("Your account stays") && page.text().contains(r#"href="/forgot""#));
    ada.me().await.assert_ended(EndReason::AccountDeleted);
    app.log_in(ADA, PASSWORD).await.assert_ok();
    assert_eq!(count(&app, "deletion_undone").await, "1");
    answer(&app, &token, "keep").await.assert_status(422);
    app.advance(8 * DAY);
    app.clean_up().await;
    app.log_in(ADA, PASSWORD).await.assert_ok();
}

#[app_test(each_policy)]
async fn scanners_of_links_undo_nothing_and_the_human_still_can(app: TestApp) {
    let (_, token) = deleted(&app).await;
    let link = app.mail_to(ADA).await.link().to_owned();
    scan(&app, &link).await;
    app.log_in(ADA, PASSWORD).await.assert_refused(ErrorCode::DeletionPending);

    let planned = answer(&app, &token, "delete").await.assert_status(303);

    assert_eq!(planned.header("location"), Some("/deletion/undo?unchanged"));
    app.get("/deletion/undo?unchanged").await.assert_status(200);
    app.log_in(ADA, PASSWORD).await.assert_refused(ErrorCode::DeletionPending);
    answer(&app, &token, "keep").await.assert_status(303);
    app.log_in(ADA, PASSWORD).await.assert_ok();
}

#[app_test]
async fn a_deletion_is_undone_once_and_until_the_last_millisecond(app: TestApp) {
    let (_, token) = deleted(&app).await;
    let node = app.another_node().await;
    app.advance_millis(7 * DAY * 1000 - 1);
    let responses =
        join_all((0..10).map(|number| answer(if number % 2 == 0 { &app } else { &node }, &token, "keep"))).await;
    assert_eq!(responses.iter().filter(|response| response.status == 303).count(), 1);
    assert_eq!(count(&app, "deletion_undone").await, "1");

    let ada = app.logged_in(ADA).await;
    delete(&ada).await.assert_status(202);
    let token = app.mail_to(ADA).await.token().to_owned();
    app.advance_millis(7 * DAY * 1000);

    app.get(&format!("/deletion/undo?token={token}")).await.assert_status(422);
    answer(&app, &token, "keep").await.assert_status(422);
    app.log_in(ADA, PASSWORD).await.assert_refused(ErrorCode::InvalidCredentials);
    app.clean_up().await;
    answer(&app, &token, "keep").await.assert_status(422);
    app.log_in(ADA, PASSWORD).await.assert_refused(ErrorCode::InvalidCredentials);
}

#[app_test]
async fn the_last_administrator_cannot_delete_the_account(app: TestApp) {
    let ada = admin(&app).await;
    delete(&ada).await.assert_refused(ErrorCode::LastAdministrator);
    ada.me().await.assert_ok();

    app.logged_in(BOB).await;
    // One who is going to be deleted does not count.
    app.database()
        .execute(format!("update users set roles = 'admin', delete_at = 9999999999999 where email = '{BOB}'"))
        .await;
    delete(&ada).await.assert_refused(ErrorCode::LastAdministrator);
    let disable = format!("/api/admin/users/{}/disable", ada.user_id());
    ada.post(&disable).await.assert_refused(ErrorCode::LastAdministrator);

    app.database().execute(format!("update users set delete_at = null where email = '{BOB}'")).await;
    delete(&ada).await.assert_status(202);
}

#[app_test]
async fn of_two_administrators_who_delete_themselves_at_once_one_wins(app: TestApp) {
    for _ in 0..5 {
        app.database().execute("update users set delete_at = null").await;
        let ada = admin(&app).await;
        app.logged_in(BOB).await;
        app.database().execute(format!("update users set roles = 'admin' where email = '{BOB}'")).await;
        let node = app.another_node().await;
        let bob = app.logged_in(BOB).await.on_node(&node);

        let (one, other) = join(delete(&ada), delete(&bob)).await;

        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [202, 409], "{one:?} {other:?}");
        assert_eq!(app.database().value("select count(*) from users where delete_at is null").await, "1");
    }
}

#[app_test]
async fn a_report_of_a_stranger_cancels_the_deletion_that_the_stranger_asked_for(app: TestApp) {
    app.logged_in(ADA).await;
    app.restart_with_mail().await;
    app.verify_emails().await;
    let thief = Browser::from_response(&app, ADA, app.log_in(ADA, PASSWORD).await);
    let report = app.mail_to(ADA).await.token().to_owned();
    app.advance_millis(1);
    delete(&thief).await.assert_status(202);
    let undo = app.mail_to(ADA).await.token().to_owned();

    submit(&app, "/not-me", &[("token", report.as_str()), ("answer", "not_me")]).await.assert_status(303);

    assert_eq!(app.database().value("select count(*) from users where delete_at is null").await, "1");
    answer(&app, &undo, "keep").await.assert_status(422);
    app.advance_millis(1);
    app.post("/api/auth/forgot").json(&json!({"email": ADA})).await.assert_status(202);
    let token = app.mail_to(ADA).await.token().to_owned();
    let new = json!({"token": token, "password": "another horse and another staple"});
    app.post("/api/auth/reset").json(&new).await.assert_status(204);
    app.log_in(ADA, "another horse and another staple").await.assert_ok();
}

#[app_test]
async fn links_to_set_a_new_password_neither_work_nor_are_sent_while_a_deletion_is_pending(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    app.restart_with_mail().await;
    app.post("/api/auth/forgot").json(&json!({"email": ADA})).await.assert_status(202);
    let token = app.mail_to(ADA).await.token().to_owned();
    app.advance_millis(1);
    delete(&ada).await.assert_status(202);
    let new = json!({"token": token, "password": "another horse and another staple"});
    app.post("/api/auth/reset").json(&new).await.assert_refused(ErrorCode::TicketInvalid);

    let mails = app.mails_to(ADA).await.len();
    app.post("/api/auth/forgot").json(&json!({"email": ADA})).await.assert_status(202);
    assert_eq!(app.mails_to(ADA).await.len(), mails);
}

#[app_test]
async fn without_mail_the_operator_alone_can_undo_a_deletion_and_the_answer_says_so(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    delete(&ada).await.assert_status(202);
    let problem = app.log_in(ADA, PASSWORD).await.assert_refused(ErrorCode::DeletionPending).problem();
    assert!(problem.detail.as_ref().is_some_and(|detail| detail.contains("operator")), "{problem:?}");
    let german = app.post("/api/auth/login").header("accept-language", "de");
    let problem = german.json(&json!({"email": ADA, "password": PASSWORD})).await.problem();
    assert!(problem.detail.as_ref().is_some_and(|detail| detail.contains("Betreiber")), "{problem:?}");
    app.get("/deletion/undo?token=00").await.assert_status(404);
}

#[app_test(each_policy)]
async fn without_a_grace_period_the_account_is_gone_and_its_address_free_at_once(app: TestApp) {
    app.restart_with(|settings: &mut RawSettings| settings.set("deletion_grace", "0")).await;
    let ada = app.logged_in(ADA).await;
    let deletion: Deletion = delete(&ada).await.assert_status(202).parse();
    assert_eq!(deletion.delete_at.as_str(), "2026-01-01T00:00:00Z");

    app.log_in(ADA, PASSWORD).await.assert_refused(ErrorCode::InvalidCredentials);
    let contents = app.database().contents().await;
    assert!(!contents.contains(ADA) && !contents.contains("Ada"), "{contents}");
    let again = app.logged_in(ADA).await;
    assert_ne!(again.user_id(), ada.user_id());
    // Not even a restart makes the old session live.
    app.clean_up().await;
    app.restart().await;
    ada.me().await.assert_ended(EndReason::AccountDeleted);
    ada.refresh().await.assert_ended(EndReason::AccountDeleted);
    app.advance(30 * 60);
    app.clean_up().await;
    assert!(!app.database().contents().await.contains(ada.user_id()));
}
