//! `GET /api/activity`: the audit events of the caller's account.

use doorward_api::{Activity, AuditEvent, EndReason, ErrorCode, EventKind};
use test_macros::app_test;

use crate::support::{Browser, PASSWORD, TestApp};

const ADA: &str = "ada@example.com";
const NEW_PASSWORD: &str = "another horse and another staple";
const DAY: u64 = 24 * 3600;

async fn page(browser: &Browser, query: &str) -> Activity {
    browser.get(&format!("/api/activity{query}")).await.assert_status(200).parse()
}

async fn kinds(browser: &Browser) -> Vec<EventKind> {
    page(browser, "").await.events.into_iter().map(|event| event.kind).collect()
}

#[app_test(each_policy)]
async fn a_user_sees_their_audit_events_newest_first(app: TestApp) {
    let phone = app.logged_in(ADA).await;
    app.advance(1);
    app.log_in(ADA, "wrong horse battery staple").await.assert_refused(ErrorCode::InvalidCredentials);
    app.advance(1);
    let mut ada = app.logged_in(ADA).await;
    app.advance(1);
    ada.revoke(&phone).await.assert_ok();
    app.advance(1);
    ada.change_password_and_store(PASSWORD, NEW_PASSWORD).await;
    app.logged_in("bob@example.com").await;

    let events = kinds(&ada).await;

    let latest = [EventKind::PasswordChanged, EventKind::SessionEnded, EventKind::LoggedIn, EventKind::LoginFailed];
    assert_eq!(events[..4], latest);
    // Two events of the same moment keep their order.
    assert_eq!(events[4..], [EventKind::LoggedIn, EventKind::Registered]);
}

#[app_test(each_policy)]
async fn an_ended_session_names_both_devices_for_thirty_days(app: TestApp) {
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    let phone = app.logged_in(ADA).await;
    let label = serde_json::json!({"label": "My <i>phone</i>"});
    phone.request("PATCH", &format!("/api/sessions/{}", phone.session_id())).json(&label).await.assert_ok();
    let ada = app.logged_in(ADA).await;
    app.advance(1);
    ada.revoke_request(&phone).header("user-agent", firefox).with_address("198.51.100.9").await.assert_ok();

    let event: AuditEvent = page(&ada, "").await.events.remove(0);
    assert_eq!((event.kind, event.reason), (EventKind::SessionEnded, Some(EndReason::Revoked)));
    assert_eq!(event.happened_at.as_str(), "2026-01-01T00:00:01Z");
    let device = event.device.expect("the device that ended it");
    assert_eq!((device.browser.as_str(), event.ip.as_deref()), ("Firefox", Some("198.51.100.9")));
    let session = event.session.expect("the session that ended");
    assert_eq!((session.id.as_str(), session.label.as_deref()), (phone.session_id(), Some("My <i>phone</i>")));
    assert_eq!(session.device.expect("the device that was logged in").browser, "Unknown browser");

    app.advance(29 * DAY);
    let later = app.logged_in(ADA).await;
    let events = page(&later, "").await.events;
    let end = events.iter().find(|event| event.kind == EventKind::SessionEnded).expect("the event is still there");
    assert!(end.session.as_ref().is_some_and(|session| session.device.is_some()));
}

#[app_test(each_policy)]
async fn pages_have_no_gaps_and_no_duplicates(app: TestApp) {
    app.restart_with(|settings| settings.set("login_attempts", "off")).await;
    let ada = app.logged_in(ADA).await;
    for at in 0..118 {
        app.advance(at % 2);
        app.log_in(ADA, "wrong horse battery staple").await.assert_refused(ErrorCode::InvalidCredentials);
    }

    let (mut ids, mut query, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let Activity { events, before } = page(&ada, &query).await;
        ids.extend(events.into_iter().map(|event| event.id));
        pages += 1;
        let Some(before) = before else { break };
        query = format!("?before={before}");
    }

    assert_eq!((ids.len(), pages), (120, 3));
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 120);
}

#[app_test(renewable_policies)]
async fn events_are_deleted_after_the_configured_retention(app: TestApp) {
    app.restart_with(|settings| settings.set("events_kept", "2d")).await;
    app.logged_in(ADA).await;
    app.advance(2 * DAY + 1);
    let ada = app.logged_in(ADA).await;

    assert_eq!(kinds(&ada).await, [EventKind::LoggedIn]);
    app.clean_up().await;
    assert_eq!(app.database().value("select count(*) from events").await, "1");
}

#[app_test(each_policy)]
async fn another_users_cursor_shows_none_of_their_events(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let eve = app.logged_in("eve@example.com").await;
    let latest = page(&ada, "").await.events.remove(0).id;

    let events = page(&eve, &format!("?before={}-{latest}", i64::MAX)).await.events;

    assert!(events.iter().all(|event| event.session.as_ref().is_none_or(|session| session.id == eve.session_id())));
    for malformed in [
        "before=",
        "before=x",
        "before=1-",
        "before=1-%00",
        "before=1-a%27",
        "before=99999999999999999999-a",
        "b=1",
        "before=%FF",
    ] {
        ada.get(&format!("/api/activity?{malformed}")).await.assert_invalid_fields(&["before"]);
    }
}
