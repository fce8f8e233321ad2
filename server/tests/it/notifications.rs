//! Notifications between nodes: sent after the commit, and never needed.

use std::time::Duration;

use crate::support::{Database, TestApp, eventually, run_cli};

const ADA: &str = "ada@example.com";

#[tokio::test]
async fn postgres_sends_a_notification_at_once() {
    let app = TestApp::start(Database::postgres().await).await;
    let mut notifications =
        app.another_node().await.state().store.listen().await.expect("no fault").expect("Postgres has notifications");
    let ada = app.logged_in(ADA).await;

    ada.log_out().await.assert_ok();

    // Other tests send notifications in the same database, from other times of day.
    eventually(async || {
        notifications.next().await.expect("a notification").is_some_and(|moment| moment.seconds() == app.unix_time())
    })
    .await;
}

/// The connection that sends notifications is gone when the next one is due.
#[tokio::test]
async fn a_notification_that_is_lost_costs_a_poll() {
    let app = TestApp::start(Database::dedicated_postgres().await).await;
    let other = app.another_node().await.with_revocation_sync();
    let sending = "datname = current_database() and query ilike 'select pg_notify%'";
    app.logged_in(ADA).await.log_out().await.assert_ok();
    let senders = format!("select count(*) from pg_stat_activity where {sending}");
    eventually(async || app.database().value(senders.as_str()).await == "1").await;
    let ada = app.logged_in(ADA).await;
    let ada_on_other = ada.on_node(&other);
    let mut notifications = app.state().store.listen().await.expect("no fault").expect("Postgres has notifications");
    app.database().rows(format!("select pg_terminate_backend(pid)::text from pg_stat_activity where {sending}")).await;

    ada.log_out().await.assert_ok();

    eventually(async || ada_on_other.me().await.status == 401).await;
    let received = tokio::time::timeout(Duration::from_millis(100), notifications.next()).await;
    assert!(received.is_err(), "the notification is lost");
    // The next one is sent on a new connection.
    app.advance(5);
    app.logged_in(ADA).await.log_out().await.assert_ok();
    eventually(async || {
        notifications.next().await.expect("a notification").is_some_and(|moment| moment.seconds() == app.unix_time())
    })
    .await;
}

/// A command exits at once, and its notification is sent before.
#[tokio::test]
async fn a_command_notifies_the_servers() {
    let app = TestApp::start(Database::dedicated_postgres().await).await;
    app.logged_in(ADA).await;
    let mut notifications = app.state().store.listen().await.expect("no fault").expect("Postgres has notifications");

    run_cli(app.database(), &format!("user disable {ADA} --yes"), "").await.assert_success();

    eventually(async || notifications.next().await.expect("a notification").is_some()).await;
}

#[tokio::test]
async fn nodes_without_notifications_follow_each_other_by_polling() {
    let app = TestApp::start(Database::dedicated_postgres().await).await;
    app.restart_with(|settings| settings.set("notifications", "off")).await;
    let other = app.another_node().await.with_revocation_sync();
    for _ in 0..3 {
        let ada = app.logged_in(ADA).await;
        let ada_on_other = ada.on_node(&other);
        ada_on_other.me().await.assert_ok();
        ada.log_out().await.assert_ok();
        eventually(async || ada_on_other.me().await.status == 401).await;
    }
    let notifying = "select count(*) from pg_stat_activity where datname = current_database() \
                     and (query ilike 'listen%' or query ilike 'select pg_notify%')";
    assert_eq!(app.database().value(notifying).await, "0");
}

/// Long after its timeout, as after an outage: polls read only the latest ends.
#[tokio::test]
async fn the_late_end_of_a_shortened_session_is_found_by_polling() {
    let app = TestApp::start(Database::postgres().await).await;
    app.restart_with(|settings| settings.set("notifications", "off")).await;
    let other = app.another_node().await;
    let ada = app.logged_in(ADA).await;
    let ada_on_other = ada.on_node(&other);
    other.poll_revocations();
    app.restart_with(|settings| settings.set("session_lifetime", "1m")).await;
    app.migrate_policies().await;
    app.advance(120);
    // The second one begins at this time of day.
    for _ in 0..2 {
        other.state().revocations.next_poll().await;
    }
    ada_on_other.me().await.assert_ok();

    app.end_shortened_sessions().await;

    eventually(async || ada_on_other.me().await.status == 401).await;
    ada_on_other.me().await.assert_ended(doorward_api::EndReason::Expired);
}

#[tokio::test]
async fn sqlite_has_no_notifications() {
    let app = TestApp::start(Database::sqlite()).await;
    assert!(app.state().store.listen().await.expect("no fault").is_none());
}
