//! `GET /api/sessions/events`: the stream that announces the end of a session to its open tabs.

use doorward_api::{Device, EndReason, EndedSession, ErrorCode};
use test_macros::app_test;

use crate::support::{PASSWORD, SessionEndStream, TestApp, eventually};

const ADA: &str = "ada@example.com";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

async fn reason(events: SessionEndStream) -> EndReason {
    events.end().await.expect("an event").reason
}

#[app_test(each_policy)]
async fn every_tab_of_the_session_receives_reason_time_and_device(app: TestApp) {
    let phone = app.logged_in(ADA).await;
    let laptop = app.logged_in(ADA).await;
    let tabs = [phone.session_end_stream().await, phone.session_end_stream().await];
    let mut other = laptop.session_end_stream().await;
    assert_eq!(tabs[0].headers["content-type"], "text/event-stream");

    laptop.revoke_request(&phone).header("user-agent", FIREFOX).await.assert_ok();

    for tab in tabs {
        let EndedSession { session, reason, ended } = tab.end().await.expect("an event");
        assert_eq!((session.as_str(), reason), (phone.session_id(), EndReason::Revoked));
        let ended = ended.expect("time and device");
        assert_eq!(ended.at.as_str(), "2026-01-01T00:00:00Z");
        assert_eq!(ended.by, Some(Device { browser: "Firefox".into(), os: "Linux".into() }));
    }
    assert!(other.is_silent().await);
}

#[app_test(each_policy)]
async fn every_way_to_end_a_session_is_announced(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let tab = ada.session_end_stream().await;
    ada.log_out().await.assert_ok();
    assert_eq!(reason(tab).await, EndReason::LoggedOut);

    let (mut ada, other) = (app.logged_in(ADA).await, app.logged_in(ADA).await);
    let other_tab = other.session_end_stream().await;
    ada.change_password_and_store(PASSWORD, "another horse and another staple").await;
    assert_eq!(reason(other_tab).await, EndReason::PasswordChanged);
    let tab = ada.session_end_stream().await;
    ada.log_out_everywhere().await.assert_ok();
    assert_eq!(reason(tab).await, EndReason::LoggedOut);
}

#[app_test(policies_with_cookies)]
async fn a_login_in_the_same_browser_is_announced(app: TestApp) {
    let replaced = app.logged_in(ADA).await;
    let tab = replaced.session_end_stream().await;
    replaced.log_in_again().await;
    assert_eq!(reason(tab).await, EndReason::Replaced);
}

#[app_test(each_policy)]
async fn a_tab_on_another_node_is_notified(app: TestApp) {
    let node = app.another_node().await.with_revocation_sync();
    let ada = app.logged_in(ADA).await;
    let tab = ada.on_node(&node).session_end_stream().await;
    ada.log_out().await.assert_ok();
    assert_eq!(reason(tab).await, EndReason::LoggedOut);
}

#[app_test(each_policy)]
async fn the_stream_announces_the_absolute_timeout(app: TestApp) {
    app.restart_with(|settings| settings.set("session_lifetime", "5s")).await;
    let ada = app.logged_in(ADA).await;
    app.advance(4);
    let tab = ada.session_end_stream().await;
    app.advance(1);
    assert_eq!(reason(tab).await, EndReason::Expired);
    assert_eq!(app.database().value("select end_reason from sessions").await, "expired");
}

#[app_test(policies_with_refresh_tokens)]
async fn the_stream_announces_the_idle_timeout(app: TestApp) {
    app.restart_with(|settings| settings.set("session_idle", "5s")).await;
    let idle = app.logged_in(ADA).await;
    app.advance(4);
    let tab = idle.session_end_stream().await;
    app.advance(2);
    assert_eq!(reason(tab).await, EndReason::Idle);
    idle.refresh().await.assert_ended(EndReason::Idle);
}

#[app_test(each_policy)]
async fn an_ended_session_gets_no_stream(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    ada.log_out().await.assert_ok();
    ada.get("/api/sessions/events").await.assert_ended(EndReason::LoggedOut);
    app.get("/api/sessions/events").await.assert_refused(ErrorCode::TokenMissing);
}

#[app_test(each_policy)]
async fn a_user_has_at_most_twenty_streams(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let phone = app.logged_in(ADA).await;
    let bob = app.logged_in("bob@example.com").await;
    let mut tabs = Vec::new();
    for _ in 0..20 {
        tabs.push(ada.session_end_stream().await);
    }

    for _ in 0..100 {
        ada.get("/api/sessions/events").await.assert_refused(ErrorCode::TooManyAttempts);
    }
    bob.session_end_stream().await;

    tabs.pop();
    let _tab_on_phone = phone.session_end_stream().await;
    ada.get("/api/sessions/events").await.assert_refused(ErrorCode::TooManyAttempts);
}

#[app_test]
async fn a_session_cannot_take_the_streams_of_the_users_other_sessions(app: TestApp) {
    let thief = app.logged_in(ADA).await;
    let ada = app.logged_in(ADA).await;
    let mut thiefs_tabs = Vec::new();
    for _ in 0..20 {
        thiefs_tabs.push(thief.session_end_stream().await);
    }

    let mut adas_tabs = Vec::new();
    for _ in 0..10 {
        adas_tabs.push(ada.session_end_stream().await);
    }

    // The oldest of the thief's streams end, without an event, and he gets no new ones.
    for tab in thiefs_tabs.drain(..10) {
        assert_eq!(tab.end().await, None);
    }
    thief.get("/api/sessions/events").await.assert_refused(ErrorCode::TooManyAttempts);
    ada.get("/api/sessions/events").await.assert_refused(ErrorCode::TooManyAttempts);
    ada.log_out_everywhere().await.assert_ok();
    for tab in thiefs_tabs.into_iter().chain(adas_tabs) {
        assert!(tab.end().await.is_some());
    }
}

#[app_test(each_policy)]
async fn a_shutdown_closes_the_streams_without_an_event(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let tab = ada.session_end_stream().await;

    app.state().subscribers.close();

    assert_eq!(tab.end().await, None);
    assert_eq!(ada.session_end_stream().await.end().await, None);
    eventually(async || ada.me().await.status == 200).await;
}

#[app_test(each_policy)]
async fn no_stream_opens_without_the_database(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    app.database().break_table("sessions").await;
    for _ in 0..30 {
        ada.get("/api/sessions/events").await.assert_refused(ErrorCode::Unavailable);
    }
    app.database().repair_table("sessions").await;
    ada.session_end_stream().await;
}
