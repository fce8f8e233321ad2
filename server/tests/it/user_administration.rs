//! Administrators disable and enable users, and end their sessions.

use doorward_api::{Activity, AuditEvent, EndReason, ErrorCode, EventKind, UserSummary};
use futures::future::join;
use serde_json::json;
use test_macros::app_test;

use crate::{
    support::{Browser, PASSWORD, Response, TestApp, run_cli},
    users::admin,
};

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";

async fn disable(admin: &Browser, id: &str) -> Response {
    admin.post(&format!("/api/admin/users/{id}/disable")).await
}

async fn enable(admin: &Browser, id: &str) -> Response {
    admin.post(&format!("/api/admin/users/{id}/enable")).await
}

async fn log_out(admin: &Browser, id: &str) -> Response {
    admin.request("DELETE", &format!("/api/admin/users/{id}/sessions")).await
}

/// A second administrator.
async fn another_admin(app: &TestApp) -> Browser {
    app.logged_in(BOB).await;
    app.database().execute(format!("update users set roles = 'admin' where email = '{BOB}'")).await;
    app.logged_in(BOB).await
}

async fn activity(browser: &Browser) -> Vec<AuditEvent> {
    browser.get("/api/activity").await.assert_status(200).parse::<Activity>().events
}

#[app_test(each_policy)]
async fn a_disabled_user_is_logged_out_at_once_until_enabled(app: TestApp) {
    let ada = admin(&app).await;
    let (phone, laptop) = (app.logged_in(BOB).await, app.logged_in(BOB).await);
    let tab = phone.session_end_stream().await;

    let bob: UserSummary = disable(&ada, phone.user_id()).await.assert_status(200).parse();

    assert_eq!((bob.email.as_str(), bob.sessions), (BOB, 0));
    assert_eq!(bob.disabled_at.as_ref().map(|at| at.as_str().len()), Some(20));
    for browser in [&phone, &laptop] {
        browser.me().await.assert_ended(EndReason::RevokedByAdmin);
        browser.refresh().await.assert_ended(EndReason::RevokedByAdmin);
    }
    assert_eq!(tab.end().await.expect("an event").reason, EndReason::RevokedByAdmin);
    app.log_in(BOB, PASSWORD).await.assert_refused(ErrorCode::InvalidCredentials);

    let bob: UserSummary = enable(&ada, phone.user_id()).await.assert_status(200).parse();
    assert_eq!(bob.disabled_at, None);
    app.log_in(BOB, PASSWORD).await.assert_ok();
    phone.refresh().await.assert_ended(EndReason::RevokedByAdmin);
}

#[app_test]
async fn disabling_and_enabling_again_changes_nothing(app: TestApp) {
    let ada = admin(&app).await;
    let bob = app.logged_in(BOB).await;
    let first: UserSummary = disable(&ada, bob.user_id()).await.assert_status(200).parse();
    app.advance(1);
    let second: UserSummary = disable(&ada, bob.user_id()).await.assert_status(200).parse();
    assert_eq!(first, second);
    for _ in 0..2 {
        enable(&ada, bob.user_id()).await.assert_status(200);
    }
    let events = "select count(*) from events where kind in ('account_disabled', 'account_enabled')";
    assert_eq!(app.database().value(events).await, "2");
}

#[app_test(each_policy)]
async fn a_user_is_logged_out_everywhere_and_stays_enabled(app: TestApp) {
    let ada = admin(&app).await;
    let (phone, laptop) = (app.logged_in(BOB).await, app.logged_in(BOB).await);

    assert_eq!(log_out(&ada, phone.user_id()).await.assert_status(200).json(), json!({"ended": 2}));

    for browser in [&phone, &laptop] {
        browser.me().await.assert_ended(EndReason::RevokedByAdmin);
        browser.refresh().await.assert_ended(EndReason::RevokedByAdmin);
    }
    assert_eq!(log_out(&ada, phone.user_id()).await.assert_status(200).json(), json!({"ended": 0}));
    app.log_in(BOB, PASSWORD).await.assert_ok();
    ada.me().await.assert_ok();
}

#[app_test]
async fn the_user_sees_that_an_administrator_did_it_and_the_operator_sees_who(app: TestApp) {
    let ada = admin(&app).await;
    let bob = app.logged_in(BOB).await;
    app.advance(1);
    disable(&ada, bob.user_id()).await.assert_ok();
    enable(&ada, bob.user_id()).await.assert_ok();

    let again = app.logged_in(BOB).await;
    let events = activity(&again).await;
    for (kind, reason) in [
        (EventKind::AccountDisabled, None),
        (EventKind::AccountEnabled, None),
        (EventKind::SessionEnded, Some(EndReason::RevokedByAdmin)),
    ] {
        let event = events.iter().find(|event| event.kind == kind).expect("an event");
        assert_eq!((event.reason, &event.device, &event.ip), (reason, &None, &None), "{event:?}");
    }
    assert!(!again.get("/api/activity").await.text().contains(ADA));

    for arguments in ["events list", "events list bob@example.com"] {
        let list = run_cli(app.database(), arguments, "").await.assert_success();
        let line = list.lines().find(|line| line.contains("account_disabled")).expect("a line");
        assert!(line.contains(BOB) && line.ends_with(ADA), "{line}");
    }
    let list = run_cli(app.database(), "events list --json", "").await.assert_success();
    assert!(list.contains(&format!("\"admin\":\"{ADA}\"")), "{list}");
}

#[app_test(each_policy)]
async fn only_administrators_of_this_site_change_users(app: TestApp) {
    let ada = admin(&app).await;
    let bob = app.logged_in(BOB).await;
    for (method, action) in [("POST", "disable"), ("POST", "enable"), ("DELETE", "sessions")] {
        let path = format!("/api/admin/users/{}/{action}", ada.user_id());
        bob.request(method, &path).await.assert_refused(ErrorCode::Forbidden);
        app.request(method, &path).await.assert_refused(ErrorCode::TokenMissing);
        let foreign =
            ada.request(method, &path).without_header("sec-fetch-site").header("sec-fetch-site", "cross-site");
        foreign.await.assert_refused(ErrorCode::CrossSiteRequest);
    }
    ada.me().await.assert_ok();
}

#[app_test]
async fn unknown_and_malformed_ids_are_not_found(app: TestApp) {
    let ada = admin(&app).await;
    let mut bodies = Vec::new();
    for id in ["00000000000000000000000000000000", "x", "%00", "%FF", "..%2F", "%27", &"a".repeat(65)] {
        for response in [disable(&ada, id).await, enable(&ada, id).await, log_out(&ada, id).await] {
            bodies.push(response.assert_refused(ErrorCode::NotFound).body);
        }
    }
    assert!(bodies.iter().all(|body| *body == bodies[0]), "the responses are indistinguishable");
}

#[app_test]
async fn the_last_administrator_cannot_be_disabled(app: TestApp) {
    let ada = admin(&app).await;
    let bob = app.logged_in(BOB).await;
    app.database().execute(format!("update users set roles = 'Admin admins' where email = '{BOB}'")).await;

    disable(&ada, ada.user_id()).await.assert_refused(ErrorCode::LastAdministrator);
    let arguments = format!("user disable {ADA} --yes");
    run_cli(app.database(), &arguments, "").await.assert_failure(1, "the last administrator");

    // One who is disabled does not count.
    app.database().execute(format!("update users set roles = 'admin', disabled_at = 1 where email = '{BOB}'")).await;
    disable(&ada, ada.user_id()).await.assert_refused(ErrorCode::LastAdministrator);
    disable(&ada, bob.user_id()).await.assert_ok();
    ada.me().await.assert_ok();

    enable(&ada, bob.user_id()).await.assert_ok();
    disable(&ada, ada.user_id()).await.assert_ok();
    ada.refresh().await.assert_ended(EndReason::RevokedByAdmin);
}

#[app_test]
async fn of_two_administrators_who_disable_each_other_one_wins(app: TestApp) {
    let ada = admin(&app).await;
    for _ in 0..5 {
        app.database().execute("update users set disabled_at = null").await;
        let (ada, bob) = (app.logged_in(ADA).await, another_admin(&app).await);
        let node = app.another_node().await;
        let bob_elsewhere = bob.on_node(&node);

        let (one, other) = join(disable(&ada, bob.user_id()), disable(&bob_elsewhere, ada.user_id())).await;

        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!((statuses[0], matches!(statuses[1], 401 | 409)), (200, true), "{one:?} {other:?}");
        let active = "select count(*) from users where disabled_at is null";
        assert_eq!(app.database().value(active).await, "1");
    }
    drop(ada);
}

#[app_test(policies_with_access_tokens)]
async fn an_administrator_whose_session_has_been_revoked_changes_nothing(app: TestApp) {
    let ada = admin(&app).await;
    let bob = app.logged_in(BOB).await;
    // The other node's change, which has not reached this node yet.
    let now = app.unix_time() * 1000;
    let end = format!(
        "update sessions set ended_at = {now}, end_reason = 'revoked' where session_id = '{}'",
        ada.session_id()
    );
    app.database().execute(end).await;

    for response in
        [disable(&ada, bob.user_id()).await, enable(&ada, bob.user_id()).await, log_out(&ada, bob.user_id()).await]
    {
        response.assert_ended(EndReason::Revoked);
    }
    bob.refresh().await.assert_ok();
}

#[app_test]
async fn a_change_that_cannot_be_recorded_does_not_happen(app: TestApp) {
    let ada = admin(&app).await;
    let bob = app.logged_in(BOB).await;
    app.database().break_table("events").await;
    disable(&ada, bob.user_id()).await.assert_refused(ErrorCode::Unavailable);
    log_out(&ada, bob.user_id()).await.assert_refused(ErrorCode::Unavailable);
    app.database().repair_table("events").await;
    bob.refresh().await.assert_ok();
}
