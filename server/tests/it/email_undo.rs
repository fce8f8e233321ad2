//! The link in the mail to the address before a change, which restores it.

use doorward_api::{Activity, EndReason, ErrorCode, EventKind};
use futures::future::join_all;
use serde_json::json;
use test_macros::app_test;

use crate::support::{Browser, PASSWORD, PUBLIC_URL, TestApp, eventually};

const ADA: &str = "ada@example.com";
const EVE: &str = "eve@example.org";
const MALLORY: &str = "mallory@example.org";
const NEW_PASSWORD: &str = "another horse and another staple";
const DAY_MILLIS: u64 = 24 * 3600 * 1000;

/// A browser of the user, and one of a thief, who has changed the email. With the token of the link that undoes it.
async fn stolen(app: &TestApp) -> (Browser, Browser, String) {
    let ada = app.logged_in(ADA).await;
    app.restart_with_mail().await;
    app.verify_emails().await;
    app.restart_with(|settings| {
        settings.set("email_change", "notify");
        settings.set("confirm_within", "12h");
    })
    .await;
    let thief = Browser::from_response(app, ADA, app.log_in(ADA, PASSWORD).await);
    change(&thief, EVE).await;
    let token = app.mail_for("email-replaced", ADA).await.token().to_owned();
    (ada, thief, token)
}

async fn change(browser: &Browser, new: &str) {
    browser.app.advance_millis(1);
    let pending = browser.pending_email_change(new).await;
    let code = browser.app.mail_for("email-change-code", new).await.code().to_owned();
    browser.confirm_email(&pending.ticket, &code, "").await.assert_status(204);
}

async fn emails(app: &TestApp) -> Vec<String> {
    app.database().rows("select email from users order by email").await.into_iter().flatten().collect()
}

async fn reset_token(app: &TestApp, address: &str) -> String {
    app.advance_millis(1);
    app.post("/api/auth/forgot").json(&json!({"email": address})).await.assert_status(202);
    app.mail_for("reset", address).await.token().to_owned()
}

async fn reset(app: &TestApp, token: &str) -> crate::support::Response {
    app.post("/api/auth/reset").json(&json!({"token": token, "password": NEW_PASSWORD})).await
}

#[app_test(each_policy)]
async fn the_old_address_takes_the_account_back(app: TestApp) {
    let (ada, thief, token) = stolen(&app).await;
    let other = app.another_node().await.with_revocation_sync();
    let tab = thief.session_end_stream().await;
    assert_eq!(emails(&app).await, [EVE]);

    let response = app.answer_email_undo(&token, "restore").await.assert_status(303);

    assert_eq!(response.header("location"), Some("/forgot?reported"));
    assert!(response.set_cookies().is_empty(), "nobody is logged in");
    assert_eq!(emails(&app).await, [ADA]);
    for browser in [&thief, &ada] {
        browser.me().await.assert_ended(EndReason::EmailRestored);
        browser.refresh().await.assert_ended(EndReason::EmailRestored);
    }
    assert_eq!(tab.end().await.expect("an event").reason, EndReason::EmailRestored);
    let on_other = thief.on_node(&other);
    eventually(async || on_other.me().await.status == 401).await;
    for address in [ADA, EVE] {
        app.log_in(address, PASSWORD).await.assert_refused(ErrorCode::InvalidCredentials);
    }
    let token = reset_token(&app, ADA).await;
    reset(&app, &token).await.assert_status(204);
    app.log_in(ADA, NEW_PASSWORD).await.assert_ok();
}

#[app_test]
async fn everything_that_the_thief_has_is_void(app: TestApp) {
    let (_, thief, token) = stolen(&app).await;
    let reset_by_thief = reset_token(&app, EVE).await;
    let pending = thief.pending_email_change(MALLORY).await;
    let code = app.mail_for("email-change-code", MALLORY).await.code().to_owned();
    let not_me = app.mail_for("email-changed", EVE).await.token().to_owned();

    app.answer_email_undo(&token, "restore").await.assert_status(303);

    reset(&app, &reset_by_thief).await.assert_refused(ErrorCode::TicketInvalid);
    thief.confirm_email(&pending.ticket, &code, "").await.assert_status(401);
    app.get(&format!("/not-me?token={not_me}")).await.assert_status(422);
    let kinds = "select distinct purpose from tickets order by purpose";
    assert_eq!(app.database().rows(kinds).await, [["not-me"]], "those to the restored address");
    let to_others = format!("select count(*) from tickets where email <> '{ADA}'");
    assert_eq!(app.database().value(to_others).await, "0");
    // A link that was sent there after the undo would be for no account.
    let resets = async || app.mails_to(EVE).await.iter().filter(|mail| mail.purpose == "reset").count();
    let before = resets().await;
    app.post("/api/auth/forgot").json(&json!({"email": EVE})).await.assert_status(202);
    assert_eq!(resets().await, before);
}

#[app_test]
async fn the_first_link_restores_the_first_address_after_further_changes_and_resets(app: TestApp) {
    let (_, _, token) = stolen(&app).await;
    app.advance_millis(3 * DAY_MILLIS);
    let by_thief = reset_token(&app, EVE).await;
    reset(&app, &by_thief).await.assert_status(204);
    let thief = Browser::from_response(&app, EVE, app.log_in(EVE, NEW_PASSWORD).await);
    change(&thief, MALLORY).await;
    let second = app.mail_for("email-replaced", EVE).await.token().to_owned();
    assert_eq!(app.mails_to(ADA).await.iter().filter(|mail| mail.purpose == "email-replaced").count(), 1);

    // The link of the second change takes nothing from the first one.
    app.answer_email_undo(&second, "restore").await.assert_status(303);
    assert_eq!(emails(&app).await, [EVE]);
    app.answer_email_undo(&token, "restore").await.assert_status(303);

    assert_eq!(emails(&app).await, [ADA]);
    app.log_in(ADA, NEW_PASSWORD).await.assert_refused(ErrorCode::InvalidCredentials);
    let own = json!({"token": reset_token(&app, ADA).await, "password": "a third horse that counts its staples"});
    app.post("/api/auth/reset").json(&own).await.assert_status(204);
}

#[app_test]
async fn the_first_link_voids_those_of_later_changes(app: TestApp) {
    let (_, thief, token) = stolen(&app).await;
    change(&thief, MALLORY).await;
    let second = app.mail_for("email-replaced", EVE).await.token().to_owned();
    app.answer_email_undo(&token, "restore").await.assert_status(303);
    app.answer_email_undo(&second, "restore").await.assert_status(422);
    assert_eq!(emails(&app).await, [ADA]);
}

#[app_test]
async fn the_link_works_once_for_seven_days_which_a_later_change_does_not_lengthen(app: TestApp) {
    let (_, mut thief, token) = stolen(&app).await;
    app.advance_millis(DAY_MILLIS / 4);
    thief.refresh_and_store().await;
    change(&thief, MALLORY).await;
    app.clean_up().await;
    app.advance_millis(7 * DAY_MILLIS - DAY_MILLIS / 4 - 2);
    app.get(&format!("/email/undo?token={token}")).await.assert_status(200);
    let other = app.another_node().await;

    let answers = (0..10).map(|n| if n % 2 == 0 { &app } else { &other }.answer_email_undo(&token, "restore"));
    let answers = join_all(answers).await;

    assert_eq!(answers.iter().filter(|response| response.status == 303).count(), 1);
    assert_eq!(answers.iter().filter(|response| response.status == 422).count(), 9);
    assert_eq!(app.database().value("select count(*) from events where kind = 'email_change_undone'").await, "1");
}

#[app_test]
async fn a_link_that_has_expired_or_was_never_sent_is_answered_alike(app: TestApp) {
    let (_, _, token) = stolen(&app).await;
    app.advance_millis(7 * DAY_MILLIS);
    let unknown = "0".repeat(64);
    let mut pages = Vec::new();
    for token in [token.as_str(), &unknown, "", "x"] {
        let page = app.get(&format!("/email/undo?token={token}")).await.assert_status(422);
        assert!(!page.text().contains("***"), "{}", page.text());
        pages.push(page.text().split_once("<main").expect("a page").1.to_owned());
        app.answer_email_undo(token, "restore").await.assert_status(422);
    }
    assert!(pages.windows(2).all(|pages| pages[0] == pages[1]));
    assert_eq!(emails(&app).await, [EVE]);
}

#[app_test(each_policy)]
async fn opening_scanning_or_keeping_changes_nothing_and_the_link_still_works(app: TestApp) {
    let (_, thief, token) = stolen(&app).await;
    let path = format!("/email/undo?token={token}");
    let page = app.get(&path).await.assert_status(200);
    app.request("HEAD", &path).await.assert_status(200);
    app.get(&path).header("sec-purpose", "prefetch").await.assert_status(200);
    for text in ["Keep the new address", "Restore a***@example.com", "2026-01-01 00:00 UTC", r#"type="radio""#] {
        assert!(page.text().contains(text), "{text}: {}", page.text());
    }
    for private in [ADA, EVE, "Lovelace", "checked"] {
        assert!(!page.text().contains(private), "{private}: {}", page.text());
    }
    for unclear in ["", "RESTORE", "maybe"] {
        let page = app.answer_email_undo(&token, unclear).await.assert_status(422);
        assert!(page.text().contains("Choose one of the answers."), "{}", page.text());
    }
    let kept = app.answer_email_undo(&token, "keep").await.assert_status(303);
    assert_eq!(kept.header("location"), Some("/email/undo?kept"));
    app.get("/email/undo?kept").await.assert_status(200);
    thief.me().await.assert_ok();
    assert_eq!(emails(&app).await, [EVE]);

    app.answer_email_undo(&token, "restore").await.assert_status(303);
    assert_eq!(emails(&app).await, [ADA]);
}

#[app_test(sqlite)]
async fn the_page_is_not_stored_or_indexed_runs_no_scripts_and_leaks_no_token(app: TestApp) {
    let (_, _, token) = stolen(&app).await;
    for path in [format!("/email/undo?token={token}"), "/email/undo?token=x".to_owned(), "/email/undo?kept".to_owned()]
    {
        let page = app.get(&path).await;
        assert_eq!(page.header("cache-control"), Some("no-store"), "{path}");
        assert_eq!(page.header("referrer-policy"), Some("strict-origin"), "{path}");
        assert_eq!(page.header("x-robots-tag"), Some("noindex"), "{path}");
        let policy = page.header("content-security-policy").expect("a policy");
        assert!(policy.contains("default-src 'none'") && !policy.contains("script-src"), "{policy}");
        let text = page.text();
        assert!(!text.contains("<script") && text.matches("<h1").count() == 1, "{text}");
        assert!(text.contains("<title>"), "{text}");
    }
    // From another site.
    let form = app.post("/email/undo").header("sec-fetch-site", "cross-site");
    let form = form.header("content-type", "application/x-www-form-urlencoded");
    form.body(format!("token={token}&answer=restore")).await.assert_status(403);
    assert_eq!(emails(&app).await, [EVE]);
}

/// A new password is set by mail, which would go to the thief.
#[app_test]
async fn a_report_of_a_login_restores_the_address_that_the_notice_was_sent_to(app: TestApp) {
    let (ada, thief, undo) = stolen(&app).await;
    let report = app.mail_for("new-device", ADA).await;
    assert!(report.link().starts_with(&format!("{PUBLIC_URL}/not-me?token=")));
    let body = format!("token={}&answer=not_me", report.token());
    let form = app.post("/not-me").header("content-type", "application/x-www-form-urlencoded").body(body);

    form.await.assert_status(303);

    assert_eq!(emails(&app).await, [ADA]);
    for browser in [&thief, &ada] {
        browser.me().await.assert_ended(EndReason::NotMe);
    }
    let own = reset_token(&app, ADA).await;
    reset(&app, &own).await.assert_status(204);
    app.answer_email_undo(&undo, "restore").await.assert_status(303);
}

#[app_test]
async fn an_address_that_another_account_has_meanwhile_is_not_restored(app: TestApp) {
    let (_, thief, token) = stolen(&app).await;
    app.advance_millis(1);
    app.registered_with_code(ADA).await;
    let page = app.answer_email_undo(&token, "restore").await.assert_status(409);
    assert!(page.text().contains("There's already an account with this email."), "{}", page.text());
    assert_eq!(emails(&app).await, [ADA, EVE]);
    thief.me().await.assert_ok();
}

#[app_test]
async fn a_disabled_account_is_restored_and_stays_disabled(app: TestApp) {
    let (_, _, token) = stolen(&app).await;
    app.database().execute("update users set disabled_at = created_at").await;
    app.answer_email_undo(&token, "restore").await.assert_status(303);
    assert_eq!(emails(&app).await, [ADA]);
    app.log_in(ADA, PASSWORD).await.assert_refused(ErrorCode::InvalidCredentials);
}

#[app_test]
async fn activity_shows_the_undoing(app: TestApp) {
    let (_, _, token) = stolen(&app).await;
    app.answer_email_undo(&token, "restore").await.assert_status(303);
    let own = reset_token(&app, ADA).await;
    reset(&app, &own).await.assert_status(204);
    let ada = Browser::from_response(&app, ADA, app.log_in(ADA, NEW_PASSWORD).await);
    let activity: Activity = ada.get("/api/activity").await.assert_ok().parse();
    let undone = activity.events.iter().find(|event| event.kind == EventKind::EmailChangeUndone);
    assert!(undone.is_some_and(|event| event.device.is_some()));
    assert!(activity.events.iter().any(|event| event.reason == Some(EndReason::EmailRestored)));
}

#[app_test]
async fn a_deletion_that_the_thief_has_asked_for_is_undone_with_the_change(app: TestApp) {
    let (_, thief, token) = stolen(&app).await;
    app.request("DELETE", "/api/account").authorized_by(&thief).await.assert_status(202);

    app.answer_email_undo(&token, "restore").await.assert_status(303);

    assert_eq!(emails(&app).await, [ADA]);
    let pending = app.database().value("select count(*) from users where delete_at is not null").await;
    assert_eq!(pending, "0");
    let token = reset_token(&app, ADA).await;
    reset(&app, &token).await.assert_status(204);
    app.log_in(ADA, NEW_PASSWORD).await.assert_ok();
}
