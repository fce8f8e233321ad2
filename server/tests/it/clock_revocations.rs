//! Clock jumps before, at and after a start: no access token of an ended session is accepted again.

use std::time::Duration;

use doorward_api::{EndReason, ErrorCode};
use test_macros::app_test;

use crate::support::{FeedResponse, TestApp, eventually, published_keys};

const ADA: &str = "ada@example.com";
const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

async fn with_long_tokens(app: &TestApp) {
    app.restart_with(|settings| settings.set("access_token_lifetime", "15m")).await;
}

#[app_test(policies_with_access_tokens)]
async fn a_start_with_a_wrong_clock_lets_no_revoked_token_in_again(app: TestApp) {
    with_long_tokens(&app).await;
    let (ada, bob) = (app.logged_in(ADA).await, app.logged_in("bob@example.com").await);
    ada.log_out().await.assert_ok();
    for seconds in [12 * HOUR, 2 * DAY, 365 * DAY, HOUR / 2, -HOUR, -2 * DAY, -2000 * DAY] {
        app.shift_wall_clock(seconds);
        let node = app.another_node().await.with_revocation_sync();
        let (ada, bob) = (ada.on_node(&node), bob.on_node(&node));
        eventually(async || node.get("/readyz").await.status == 200).await;
        app.shift_wall_clock(-seconds);

        assert_ne!(ada.me().await.status, 200, "{seconds}");
        eventually(async || bob.me().await.status == 200).await;
        ada.me().await.assert_refused(ErrorCode::SessionEnded);
    }
}

#[app_test(policies_with_access_tokens)]
async fn a_revocation_that_was_dropped_is_read_again_when_the_clock_is_set_back(app: TestApp) {
    with_long_tokens(&app).await;
    let app = app.with_revocation_sync();
    let ada = app.logged_in(ADA).await;
    ada.log_out().await.assert_ok();
    app.advance(3 * 3600);
    app.drop_expired_revocations();
    eventually(async || app.get("/readyz").await.status == 200).await;

    app.shift_wall_clock(-3 * HOUR);

    assert_ne!(ada.me().await.status, 200);
    eventually(async || ada.me().await.status == 401).await;
    ada.me().await.assert_refused(ErrorCode::SessionEnded);
}

#[app_test(policies_with_access_tokens)]
async fn an_end_while_the_clock_was_slow_outlives_a_start(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    app.advance(60);
    let bob = app.logged_in("bob@example.com").await;
    app.shift_wall_clock(-6 * HOUR);
    // As by the command line: an access token is not valid yet at this time of day.
    for browser in [&ada, &bob] {
        let (state, id) = (app.state(), browser.session_id().to_owned().into());
        let by = server::model::audit::Actor::Operator;
        let end = state.store.end_session(&id, EndReason::RevokedByAdmin, &by, app.now()).await.expect("no fault");
        assert!(end.is_some());
    }
    app.shift_wall_clock(6 * HOUR);

    let node = app.another_node().await.with_revocation_sync();

    for browser in [ada, bob] {
        eventually(async || browser.on_node(&node).me().await.status == 401).await;
        browser.on_node(&node).me().await.assert_refused(ErrorCode::SessionEnded);
    }
}

#[app_test(policies_with_access_tokens)]
async fn an_end_by_a_node_whose_clock_is_slow_is_read_within_a_minute(app: TestApp) {
    let app = app.with_revocation_sync();
    let ada = app.logged_in(ADA).await;
    eventually(async || app.get("/readyz").await.status == 200).await;
    let five_minutes_ago = app.now().0 - 5 * 60_000;
    let end = format!("update sessions set ended_at = {five_minutes_ago}, end_reason = 'revoked'");
    app.database().execute(end).await;

    app.advance(60);

    eventually(async || ada.me().await.status == 401).await;
}

#[app_test]
async fn services_receive_everything_again_when_the_clock_is_set_back(app: TestApp) {
    with_long_tokens(&app).await;
    let ada = app.logged_in(ADA).await;
    ada.log_out().await.assert_ok();
    app.shift_wall_clock(HOUR);
    let node = app.another_node().await.with_revocation_sync();
    eventually(async || node.feed_request(None).await.status == 200).await;
    let cursor = node.feed(None).await.claims.cursor;
    assert!(node.feed(None).await.sessions().is_empty(), "an hour later its tokens have expired");
    let poll = {
        let (node, cursor) = (node.clone(), cursor.clone());
        tokio::spawn(async move { node.feed(Some(&cursor)).await })
    };
    eventually(async || node.state().revocations.feed().waiters() == 1).await;

    app.shift_wall_clock(-HOUR);

    // With the next poll of the database, and not from the cursor, which is no longer complete.
    let is_complete = |page: FeedResponse| page.claims.after.is_none() && page.sessions() == [ada.session_id()];
    eventually(async || node.feed_if_fresh(Some(&cursor)).await.is_some_and(is_complete)).await;
    drop(poll);
}

/// What services read while the clock is fast, they may have dropped: by that clock it was too old.
#[app_test]
async fn services_receive_everything_again_after_a_clock_was_fast(app: TestApp) {
    let app = app.with_revocation_sync();
    let ada = app.logged_in(ADA).await;
    ada.log_out().await.assert_ok();
    let polled = async |app: &TestApp| {
        app.advance_millis(300);
        eventually(async || app.state().revocations.staleness() < Duration::from_millis(300)).await;
    };
    app.shift_wall_clock(HOUR);
    polled(&app).await;
    let cursor = app.feed(None).await.claims.cursor;

    app.shift_wall_clock(-HOUR);
    polled(&app).await;

    let page = app.feed(Some(&cursor)).await;
    assert_eq!((page.claims.after.as_ref(), page.sessions()), (None, vec![ada.session_id()]));
}

/// A token from a moment when the clock was fast is valid one day. By then its session may have ended long ago.
#[app_test(policies_with_access_tokens)]
async fn a_token_from_the_future_never_becomes_valid(app: TestApp) {
    app.shift_wall_clock(15 * DAY);
    let ada = app.logged_in(ADA).await;
    app.shift_wall_clock(-15 * DAY);
    let kids = async || published_keys(&app).await.0.keys.into_iter().map(|key| key.kid).collect::<Vec<_>>();
    let before = kids().await;
    ada.me().await.assert_refused(ErrorCode::TokenInvalid);

    app.follow_clock().await;
    app.advance(302);
    app.clean_up().await;
    app.advance(16 * 60 + 1);
    app.clean_up().await;

    assert!(!kids().await.contains(&before[0]), "its key is retired");
    app.advance(15 * 24 * 3600 - 302 - 16 * 60 - 1);
    ada.me().await.assert_refused(ErrorCode::TokenInvalid);
}
