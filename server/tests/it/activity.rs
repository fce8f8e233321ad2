//! What people see of what happened to their account.

use doorward_api::{Activity, AuditEvent, EndReason, ErrorCode, EventKind};
use macro_rules_attribute::apply;

use crate::fixture::{PASSWORD, Person};

const ADA: &str = "ada@example.com";
const NEW: &str = "another horse and another staple";
const DAY: u64 = 24 * 3600;

async fn page(person: &Person, query: &str) -> Activity {
    let answer = person.get(&format!("/api/activity{query}")).await;
    serde_json::from_slice(&answer.assert_status(200).body).expect("a page of events")
}

async fn kinds(person: &Person) -> Vec<EventKind> {
    page(person, "").await.events.into_iter().map(|event| event.kind).collect()
}

#[apply(under_each_policy!)]
async fn everything_is_there_newest_first(app: TestApp) {
    let phone = app.logged_in(ADA).await;
    app.advance(1);
    app.log_in(ADA, "wrong horse battery staple").await.assert_refused(ErrorCode::InvalidCredentials);
    app.advance(1);
    let ada = app.logged_in(ADA).await;
    app.advance(1);
    ada.revoke(&phone).await.assert_ok();
    app.advance(1);
    ada.change_password(PASSWORD, NEW).await.assert_ok();
    app.logged_in("bob@example.com").await;

    let events = kinds(&ada).await;

    let last = [EventKind::PasswordChanged, EventKind::SessionEnded, EventKind::LoggedIn, EventKind::LoginFailed];
    assert_eq!(events[..4], last);
    // At one moment, and yet one after the other.
    assert_eq!(events[4..], [EventKind::LoggedIn, EventKind::Registered]);
}

#[apply(under_each_policy!)]
async fn an_end_names_both_devices_for_thirty_days(app: TestApp) {
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    let phone = app.logged_in(ADA).await;
    let named = serde_json::json!({"label": "My <i>phone</i>"});
    phone.on_sessions("PATCH", &format!("/{}", phone.session())).json(&named).await.assert_ok();
    let ada = app.logged_in(ADA).await;
    let path = format!("/{}", phone.session());
    app.advance(1);
    ada.on_sessions("DELETE", &path).header("user-agent", firefox).from("198.51.100.9").await.assert_ok();

    let this: AuditEvent = page(&ada, "").await.events.remove(0);
    assert_eq!((this.kind, this.reason), (EventKind::SessionEnded, Some(EndReason::Revoked)));
    assert_eq!(this.happened_at.as_str(), "2026-01-01T00:00:01Z");
    assert_eq!((this.device.expect("whose").browser.as_str(), this.ip.as_deref()), ("Firefox", Some("198.51.100.9")));
    let session = this.session.expect("which");
    assert_eq!((session.id.as_str(), session.label.as_deref()), (phone.session(), Some("My <i>phone</i>")));
    assert_eq!(session.device.expect("its device").browser, "Unknown browser");

    app.advance(29 * DAY);
    let later = app.logged_in(ADA).await;
    let events = page(&later, "").await.events;
    let end = events.iter().find(|event| event.kind == EventKind::SessionEnded).expect("still there");
    assert!(end.session.as_ref().is_some_and(|session| session.device.is_some()));
}

#[apply(under_each_policy!)]
async fn pages_follow_each_other_without_a_gap(app: TestApp) {
    app.restart_with(|settings| settings.login_attempts = Some("off".into())).await;
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

#[apply(under_policies_that_renew!)]
async fn events_are_kept_as_long_as_the_settings_say(app: TestApp) {
    app.restart_with(|settings| settings.events_kept = Some("2d".into())).await;
    app.logged_in(ADA).await;
    app.advance(2 * DAY + 1);
    let ada = app.logged_in(ADA).await;

    assert_eq!(kinds(&ada).await, [EventKind::LoggedIn]);
    server::background::sweep_store(&app.state()).await.expect("swept");
    assert_eq!(app.database().value("select count(*) from events").await, "1");
}

#[apply(under_each_policy!)]
async fn a_cursor_of_somebody_else_shows_nothing_of_theirs(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let eve = app.logged_in("eve@example.com").await;
    let latest = page(&ada, "").await.events.remove(0).id;

    let seen = page(&eve, &format!("?before={}-{latest}", i64::MAX)).await.events;

    assert!(seen.iter().all(|event| event.session.as_ref().is_none_or(|session| session.id == eve.session())));
    for odd in [
        "before=",
        "before=x",
        "before=1-",
        "before=1-%00",
        "before=1-a%27",
        "before=99999999999999999999-a",
        "b=1",
        "before=%FF",
    ] {
        ada.get(&format!("/api/activity?{odd}")).await.assert_wrong(&["before"]);
    }
}
