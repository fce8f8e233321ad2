//! The stream that tells open tabs of the end of their session.

use doorward_api::{Device, EndReason, EndedSession, ErrorCode};
use macro_rules_attribute::apply;

use crate::fixture::{Events, PASSWORD, Person, soon};

const ADA: &str = "ada@example.com";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

async fn reason(events: Events) -> EndReason {
    events.end().await.expect("an event").reason
}

#[apply(under_each_policy!)]
async fn every_tab_of_the_session_is_told_why_when_and_from_where(app: TestApp) {
    let phone = app.logged_in(ADA).await;
    let laptop = app.logged_in(ADA).await;
    let tabs = [phone.events().await, phone.events().await];
    let mut other = laptop.events().await;
    assert_eq!(tabs[0].headers["content-type"], "text/event-stream");

    let path = format!("/{}", phone.session());
    laptop.on_sessions("DELETE", &path).header("user-agent", FIREFOX).await.assert_ok();

    for tab in tabs {
        let EndedSession { session, reason, ended } = tab.end().await.expect("an event");
        assert_eq!((session.as_str(), reason), (phone.session(), EndReason::Revoked));
        let ended = ended.expect("when and from where");
        assert_eq!(ended.at.as_str(), "2026-01-01T00:00:00Z");
        assert_eq!(ended.by, Some(Device { browser: "Firefox".into(), os: "Linux".into() }));
    }
    assert!(other.is_waiting().await);
}

#[apply(under_each_policy!)]
async fn whatever_ends_a_session_is_told(app: TestApp) {
    let out = app.logged_in(ADA).await;
    let tab = out.events().await;
    out.log_out().await.assert_ok();
    assert_eq!(reason(tab).await, EndReason::LoggedOut);

    let (ada, other) = (app.logged_in(ADA).await, app.logged_in(ADA).await);
    let (here, there) = (ada.events().await, other.events().await);
    ada.change_password(PASSWORD, "another horse and another staple").await.assert_ok();
    assert_eq!(reason(there).await, EndReason::PasswordChanged);
    ada.on_sessions("DELETE", "").await.assert_ok();
    assert_eq!(reason(here).await, EndReason::LoggedOut);
}

#[apply(under_policies_with_cookies!)]
async fn a_login_in_the_same_browser_is_told(app: TestApp) {
    let replaced = app.logged_in(ADA).await;
    let tab = replaced.events().await;
    replaced.log_in_again().await;
    assert_eq!(reason(tab).await, EndReason::Replaced);
}

#[apply(under_each_policy!)]
async fn a_tab_on_another_node_is_told_too(app: TestApp) {
    let node = app.another_node().await.follow();
    let ada = app.logged_in(ADA).await;
    let tab = Person { app: node, ..ada.clone() }.events().await;
    ada.log_out().await.assert_ok();
    assert_eq!(reason(tab).await, EndReason::LoggedOut);
}

#[apply(under_each_policy!)]
async fn the_stream_ends_with_the_session(app: TestApp) {
    app.restart_with(|settings| settings.set("session_lifetime", "5s")).await;
    let ada = app.logged_in(ADA).await;
    app.advance(4);
    let tab = ada.events().await;
    app.advance(1);
    assert_eq!(reason(tab).await, EndReason::Expired);
    assert_eq!(app.database().value("select end_reason from sessions").await, "expired");
}

#[apply(under_policies_with_refresh_tokens!)]
async fn the_stream_of_an_idle_session_says_so(app: TestApp) {
    app.restart_with(|settings| settings.set("session_idle", "5s")).await;
    let idle = app.logged_in(ADA).await;
    app.advance(4);
    let tab = idle.events().await;
    app.advance(2);
    assert_eq!(reason(tab).await, EndReason::Idle);
    idle.refresh().await.assert_ended(EndReason::Idle);
}

#[apply(under_each_policy!)]
async fn a_session_that_is_over_gets_no_stream(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    ada.log_out().await.assert_ok();
    ada.on_sessions("GET", "/events").await.assert_ended(EndReason::LoggedOut);
    app.get("/api/sessions/events").await.assert_refused(ErrorCode::TokenMissing);
}

#[apply(under_each_policy!)]
async fn one_person_has_twenty_streams_and_no_hundred(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let phone = app.logged_in(ADA).await;
    let bob = app.logged_in("bob@example.com").await;
    let mut tabs = Vec::new();
    for _ in 0..20 {
        tabs.push(ada.events().await);
    }

    for _ in 0..100 {
        ada.on_sessions("GET", "/events").await.assert_refused(ErrorCode::TooManyAttempts);
    }
    phone.on_sessions("GET", "/events").await.assert_refused(ErrorCode::TooManyAttempts);
    bob.events().await;

    tabs.pop();
    phone.events().await;
}

#[apply(under_each_policy!)]
async fn a_stop_sends_everybody_away_without_a_word(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let tab = ada.events().await;

    app.state().open_tabs.close();

    assert_eq!(tab.end().await, None);
    assert_eq!(ada.events().await.end().await, None);
    soon(async || ada.me().await.status == 200).await;
}

#[apply(under_each_policy!)]
async fn f2_without_the_database_there_is_no_stream(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    app.database().lose("sessions").await;
    for _ in 0..30 {
        ada.on_sessions("GET", "/events").await.assert_refused(ErrorCode::Unavailable);
    }
    app.database().bring_back("sessions").await;
    ada.events().await;
}
