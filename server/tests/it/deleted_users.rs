//! What is left of a user after the deletion: nothing that leads back to them.

use doorward_api::ErrorCode;
use serde_json::json;
use test_macros::app_test;

use crate::{
    account_deletion::delete,
    restore::{back_up, restore, stop},
    support::{Browser, Database, PASSWORD, TestApp, run_cli},
};

const ADA: &str = "ada.byron@example.org";
const BOB: &str = "bob@example.com";
const ADDRESS: &str = "198.51.100.77";
const DAY: u64 = 24 * 3600;
/// As long as nodes may need the rows of ended sessions.
const TOKENS: u64 = 30 * 60;

/// A user of this name who uses this address alone.
async fn ada(app: &TestApp) -> Browser {
    let form = json!({"email": ADA, "password": PASSWORD, "name": "Augusta Byron"});
    let registered = app.post("/api/auth/register").with_address(ADDRESS).json(&form).await;
    Browser::from_response(app, ADA, registered)
}

#[app_test(each_policy)]
async fn after_the_grace_period_no_table_has_anything_of_the_user(app: TestApp) {
    let bob = app.logged_in(BOB).await;
    let ada = ada(&app).await;
    app.restart_with_mail().await;
    app.verify_emails().await;
    let form = json!({"email": ADA, "password": PASSWORD});
    let log_in = app.post("/api/auth/login").with_address(ADDRESS).json(&form);
    let second = Browser::from_response(&app, ADA, log_in.await);
    let rename = app.request("PATCH", &format!("/api/sessions/{}", second.session_id()));
    rename.authorized_by(&ada).json(&json!({"label": "Augusta's phone"})).await.assert_ok();
    let wrong = json!({"email": ADA, "password": "a wrong horse with a staple"});
    app.post("/api/auth/login").with_address(ADDRESS).json(&wrong).await.assert_status(401);
    ada.confirm("a wrong horse with a staple").await.assert_status(401);
    app.post("/api/auth/forgot").with_address(ADDRESS).json(&json!({"email": ADA})).await.assert_status(202);
    let before = app.database().contents().await;
    for trace in
        [ada.user_id(), ada.session_id(), second.session_id(), ADA, "Augusta", ADDRESS, &hex::encode("augusta")]
    {
        assert!(before.contains(trace), "{trace}");
    }
    app.request("DELETE", "/api/account").authorized_by(&ada).with_address(ADDRESS).await.assert_status(202);
    app.advance(7 * DAY - 1);
    app.clean_up().await;
    assert!(app.database().contents().await.contains(ADA), "not before the time");

    app.advance(1);
    app.clean_up().await;
    assert!(!app.database().contents().await.contains(ADA), "the address is free");
    app.advance(TOKENS);
    app.clean_up().await;

    let after = app.database().contents().await;
    for trace in [ada.user_id(), ada.session_id(), second.session_id(), ADA, "ugusta", "yron", ADDRESS] {
        assert!(!after.contains(trace), "{trace}: {after}");
        assert!(!after.contains(&hex::encode(trace.to_lowercase())), "{trace}: {after}");
    }
    let state = app.database().rows("select * from server_state").await.concat().concat();
    assert!(!state.contains(ada.user_id()) && !state.contains(ADA), "{state}");
    // The events are still there, under one stand-in.
    let stand_ins = "select count(distinct user_id) from events where user_id like 'deleted%'";
    assert_eq!(app.database().value(stand_ins).await, "1");
    for kind in ["registered", "logged_in", "login_failed", "session_ended", "deletion_asked", "deletion_done"] {
        let found =
            format!("select count(*) from events where kind = '{kind}' and user_id like 'deleted%' and ip is null");
        assert_ne!(app.database().value(found).await, "0", "{kind}");
    }
    assert!(after.contains(bob.user_id()) && after.contains(BOB));
    app.log_in(BOB, PASSWORD).await.assert_ok();
    // The address is free: the owner of one that is not gets no code.
    app.register(ADA, PASSWORD).await.assert_status(202);
    assert_eq!(app.mail_to(ADA).await.code().len(), 8);
}

#[app_test]
async fn an_account_of_any_size_is_deleted_in_batches(app: TestApp) {
    let ada = ada(&app).await;
    let database = app.database();
    let (id, at) = (ada.user_id(), app.unix_time() * 1000);
    for number in 0..250 {
        let event = format!(
            "insert into events (event_id, happened_at, kind, user_id, session_id, ip) \
                             values ('prefix{number}session{number}', {at}, 'session_ended', '{id}', 'session{number}', '{ADDRESS}')"
        );
        database.execute(event).await;
        let session = format!(
            "insert into sessions (session_id, user_id, policy, browser, os, ip, created_at, last_used_at, \
                               expires_at, ended_at, end_reason) values ('session{number}', '{id}', 'retention', '', '', '', 1, 1, \
                               {at}, {at}, 'logged_out')",
            at = app.unix_time() * 1000
        );
        database.execute(session).await;
    }
    delete(&ada).await.assert_status(202);
    app.advance(7 * DAY + TOKENS);
    app.clean_up().await;
    assert_eq!(database.value("select count(*) from sessions").await, "0");
    assert_eq!(database.value("select count(*) from users").await, "0");
    let contents = database.contents().await;
    assert!(!contents.contains("session249") && !contents.contains(ada.user_id()), "{contents}");
    assert_eq!(database.value("select count(*) from events where user_id like 'deleted%'").await, "255");
}

#[app_test]
async fn what_a_deleted_administrator_has_done_stays_without_the_administrator(app: TestApp) {
    let bob = app.logged_in(BOB).await;
    ada(&app).await;
    app.logged_in("eve@example.com").await;
    app.database().execute("update users set roles = 'admin' where email <> 'bob@example.com'").await;
    let ada = Browser::from_response(&app, ADA, app.log_in(ADA, PASSWORD).await.assert_ok());
    ada.post(&format!("/api/admin/users/{}/disable", bob.user_id())).await.assert_ok();
    delete(&ada).await.assert_status(202);
    app.advance(7 * DAY + TOKENS);
    app.clean_up().await;
    let actor = "select count(*) from events where kind = 'account_disabled' and actor_id like 'deleted%'";
    assert_eq!(app.database().value(actor).await, "1");
    let list = run_cli(app.database(), "events list --json", "").await.assert_success();
    assert!(!list.contains(ada.user_id()) && !list.contains(ADA), "{list}");
}

#[app_test]
async fn nothing_is_deleted_while_the_clock_is_in_doubt(app: TestApp) {
    let ada = ada(&app).await;
    delete(&ada).await.assert_status(202);
    app.clean_up().await;
    app.shift_wall_clock(30 * 24 * 3600);
    app.follow_clock().await;
    app.clean_up().await;
    assert!(app.database().contents().await.contains(ADA));

    app.shift_wall_clock(-30 * 24 * 3600);
    app.follow_clock().await;
    app.clean_up().await;
    app.log_in(ADA, PASSWORD).await.assert_refused(ErrorCode::DeletionPending);
}

#[app_test]
async fn two_nodes_that_clean_up_at_once_delete_a_user_once(app: TestApp) {
    let ada = ada(&app).await;
    let node = app.another_node().await;
    delete(&ada).await.assert_status(202);
    app.advance(7 * DAY + TOKENS);
    futures::future::join(app.clean_up(), node.clean_up()).await;
    let done = "select count(*) from events where kind = 'deletion_done'";
    assert_eq!(app.database().value(done).await, "1");
    assert!(!app.database().contents().await.contains(ada.user_id()));
}

#[tokio::test]
async fn a_restored_copy_that_still_has_the_user_deletes_them_again() {
    let app = TestApp::start(Database::sqlite()).await;
    app.set_wall_clock_to_now();
    let ada = ada(&app).await;
    delete(&ada).await.assert_status(202);
    back_up(&app).await;
    app.advance(7 * DAY + TOKENS);
    app.clean_up().await;
    assert!(!app.database().contents().await.contains(ada.user_id()));

    stop(&app).await;
    app.database().close().await;
    restore(app.database(), "copy.db").await.assert_success();
    let node = app.another_node().await;
    node.log_in(ADA, PASSWORD).await.assert_refused(ErrorCode::InvalidCredentials);
    // The clock does not continue that of the backup: until it is trusted, nothing is deleted.
    for _ in 0..2 {
        node.clean_up().await;
        node.advance(2 * 3600);
    }
    node.clean_up().await;
    let list = run_cli(app.database(), "user list", "").await.assert_success();
    assert!(!list.contains(ADA), "{list}");
    node.register(ADA, PASSWORD).await.assert_ok();
}
