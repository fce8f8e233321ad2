//! The revocation feed for services: `GET /.well-known/revocations`, signed, with long polling.

use std::time::Duration;

use doorward_api::ErrorCode;
use futures::future::join_all;
use test_macros::app_test;

use crate::support::{Database, FeedResponse, PUBLIC_URL, TestApp, eventually, metric};

const ADA: &str = "ada@example.com";

/// Polls for revocations after a cursor, in the background.
fn long_poll(app: &TestApp, after: &str) -> tokio::task::JoinHandle<FeedResponse> {
    let (app, after) = (app.clone(), after.to_owned());
    tokio::spawn(async move { app.feed(Some(&after)).await })
}

#[app_test]
async fn a_waiting_service_receives_a_revocation_at_once(app: TestApp) {
    let app = app.with_revocation_sync();
    let ada = app.logged_in(ADA).await;
    let empty = app.feed(None).await;
    assert_eq!(
        (empty.claims.iss.as_str(), empty.claims.iat, &empty.claims.after),
        (PUBLIC_URL, app.unix_time(), &None)
    );
    assert_eq!((empty.sessions().len(), empty.cache_control.as_str()), (0, "public, max-age=1"));
    let poll = long_poll(&app, &empty.claims.cursor);
    eventually(async || metric(&app, "doorward_feed_waiting").await == "1").await;

    ada.log_out().await.assert_ok();

    let change = tokio::time::timeout(Duration::from_secs(4), poll).await.expect("a page in time").expect("a response");
    assert_eq!(change.sessions(), [ada.session_id()]);
    assert_eq!(change.claims.after.as_ref(), Some(&empty.claims.cursor));
    assert_eq!(change.cache_control, "public, max-age=60", "a proxy may serve all others");
    let until = change.claims.revoked[0].1;
    assert_eq!(until, app.unix_time() + 15 * 60 + 60 + 1, "when the longest access token has certainly expired");
    let all = app.feed(None).await;
    assert_eq!((all.sessions(), &all.claims.cursor), (vec![ada.session_id()], &change.claims.cursor));
    assert_eq!(metric(&app, "doorward_feed_waiting").await, "0");
}

#[app_test]
async fn a_service_receives_every_revocation_exactly_once(app: TestApp) {
    let other = app.another_node().await.with_revocation_sync();
    let start = other.feed(None).await.claims.cursor;
    let browsers = join_all((0..20).map(|n| app.logged_in(if n % 2 == 0 { ADA } else { "bob@example.com" }))).await;

    let (mut cursor, mut received) = (start, Vec::new());
    let logouts = async {
        for browser in &browsers {
            browser.log_out().await.assert_ok();
        }
    };
    let polling = async {
        while received.len() < browsers.len() {
            let response = other.feed(Some(&cursor)).await;
            assert_eq!(response.claims.after, Some(cursor));
            received.extend(response.sessions().into_iter().map(str::to_owned));
            cursor = response.claims.cursor;
        }
    };
    let both = async { futures::join!(logouts, polling) };
    tokio::time::timeout(Duration::from_secs(20), both).await.expect("every revocation in time");

    received.sort();
    let mut sessions: Vec<_> = browsers.iter().map(|browser| browser.session_id().to_owned()).collect();
    sessions.sort();
    assert_eq!(received, sessions);
}

#[tokio::test]
async fn a_poll_beyond_the_limit_of_waiting_requests_returns_at_once() {
    let app = TestApp::start(Database::sqlite()).await;
    let cursor = app.feed(None).await.claims.cursor;
    for _ in 0..server::revocation::feed::MAX_WAITERS {
        let state = app.state();
        tokio::spawn(async move { state.revocations.feed().wait(1, Duration::from_mins(1)).await });
    }
    eventually(async || app.state().revocations.feed().waiters() == server::revocation::feed::MAX_WAITERS).await;

    let response = tokio::time::timeout(Duration::from_secs(4), app.feed(Some(&cursor))).await.expect("a page at once");

    assert_eq!((response.sessions().len(), response.claims.cursor), (0, cursor));
}

#[app_test]
async fn a_revocation_that_is_committed_late_is_included(app: TestApp) {
    let app = app.with_revocation_sync();
    let (late, early) = (app.logged_in(ADA).await, app.logged_in(ADA).await);
    let nine_seconds_ago = app.unix_time() * 1000 - 9000;
    early.log_out().await.assert_ok();
    eventually(async || app.feed(None).await.sessions() == [early.session_id()]).await;
    let cursor = app.feed(None).await.claims.cursor;

    let end = format!(
        "update sessions set ended_at = {nine_seconds_ago}, end_reason = 'revoked' where session_id = '{}'",
        late.session_id()
    );
    app.database().execute(end).await;

    assert_eq!(app.feed(Some(&cursor)).await.sessions(), [late.session_id()]);
}

#[app_test]
async fn an_unknown_cursor_returns_everything_at_once(app: TestApp) {
    let app = app.with_revocation_sync();
    let other = app.another_node().await.with_revocation_sync();
    let ada = app.logged_in(ADA).await;
    ada.log_out().await.assert_ok();
    eventually(async || app.feed(None).await.sessions().len() == 1 && other.feed(None).await.sessions().len() == 1)
        .await;
    let cursor_before = app.feed(None).await.claims.cursor;
    let (run, number) = cursor_before.rsplit_once('-').expect("a run and a number");
    let number: u64 = number.parse().expect("a number");

    for cursor in [
        "",
        "-",
        "x",
        "-1",
        "%00",
        "a&after=b",
        &other.feed(None).await.claims.cursor,
        &format!("{run}-{}", number + 1),
    ] {
        let response = app.feed(Some(cursor)).await;
        assert_eq!((response.claims.after, response.cache_control.as_str()), (None, "public, max-age=1"), "{cursor}");
    }
    let restarted = app.another_node().await.with_revocation_sync();
    let response = restarted.feed(Some(&cursor_before)).await;
    assert_eq!(
        (&response.claims.after, response.sessions()),
        (&None, vec![ada.session_id()]),
        "a restart drops no revocation"
    );
}

#[app_test]
async fn revocations_are_dropped_once_every_access_token_has_expired(app: TestApp) {
    let app = app.with_revocation_sync();
    let ada = app.logged_in(ADA).await;
    ada.log_out().await.assert_ok();
    eventually(async || app.feed(None).await.sessions().len() == 1).await;
    let cursor = app.feed(None).await.claims.cursor;
    let before = cursor.rsplit_once('-').map(|(run, _)| format!("{run}-0")).expect("a run");
    assert_eq!(app.feed(Some(&before)).await.sessions(), [ada.session_id()]);

    app.advance(15 * 60 + 61);
    app.drop_expired_revocations();

    eventually(async || app.feed_request(None).await.status == 200).await;
    assert!(app.feed(None).await.sessions().is_empty());
    assert_eq!(app.feed(Some(&before)).await.claims.after, None, "too old");
    let restarted = app.another_node().await.with_revocation_sync();
    assert!(restarted.feed(None).await.sessions().is_empty());
}

#[app_test]
async fn a_node_out_of_sync_refuses_the_feed(app: TestApp) {
    let app = app.with_revocation_sync();
    let cursor = app.feed(None).await.claims.cursor;
    app.database().break_table("sessions").await;

    eventually(async || {
        app.advance(6);
        app.feed_request(None).await.status == 503
    })
    .await;
    app.feed_request(Some(&cursor)).await.assert_refused(ErrorCode::Unavailable);

    app.database().repair_table("sessions").await;
    eventually(async || app.feed_request(None).await.status == 200).await;
}
