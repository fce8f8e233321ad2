//! The denylist in Valkey: an empty one never reads as "no session has ended".

use server::revocation::denylist::Denylist;
use test_macros::app_test;

use crate::support::{Browser, TestApp, eventually, metric};

const ADA: &str = "ada@example.com";

/// What a service reads about a session.
#[derive(Debug, Eq, PartialEq)]
enum Verdict {
    /// No heartbeat.
    Unknown,
    NotEnded,
    Ended(String),
}

async fn verdict(app: &TestApp, session: &Browser) -> Verdict {
    let entry = format!("doorward:ended:{}", session.session_id());
    let values = app.valkey().command(&["MGET", "doorward:ended", &entry]).await;
    let (heartbeat, entry): (Option<String>, Option<String>) = redis::from_redis_value(values).expect("two values");
    match (heartbeat, entry) {
        (None, _) => Verdict::Unknown,
        (Some(_), None) => Verdict::NotEnded,
        (Some(_), Some(reason)) => Verdict::Ended(reason),
    }
}

fn ended() -> Verdict {
    Verdict::Ended("logged_out".into())
}

/// A session that goes on, and one that has ended.
async fn sessions(app: &TestApp) -> (Browser, Browser) {
    let (live, ended) = (app.logged_in(ADA).await, app.logged_in(ADA).await);
    ended.log_out().await.assert_ok();
    (live, ended)
}

macro_rules! denylist {
    ($state:ident) => {{
        $state.revocations.require_polls();
        Denylist::open(&$state.valkey, &$state.revocations, &$state.clock).expect("a connection").expect("configured")
    }};
}

#[app_test(policies_with_access_tokens, with_valkey)]
async fn an_ended_session_is_listed_with_its_reason_for_as_long_as_its_tokens_live(app: TestApp) {
    let (live, ended_session) = sessions(&app).await;
    assert_eq!(verdict(&app, &live).await, Verdict::Unknown);
    let state = app.state();
    let mut denylist = denylist!(state);

    denylist.publish().await.expect("written");

    assert_eq!(verdict(&app, &live).await, Verdict::NotEnded);
    assert_eq!(verdict(&app, &ended_session).await, ended());
    let left = async |key: &str| -> i64 {
        redis::from_redis_value(app.valkey().command(&["PTTL", key]).await).expect("a number")
    };
    assert!((1..=3_000).contains(&left("doorward:ended").await));
    assert!(left(&format!("doorward:ended:{}", ended_session.session_id())).await > 15 * 60 * 1000);

    live.log_out().await.assert_ok();
    denylist.write_ends().await.expect("written");
    assert_eq!(verdict(&app, &live).await, ended());
}

#[app_test(with_valkey)]
async fn a_running_server_lists_ends_of_its_own_and_of_others(app: TestApp) {
    let other = app.another_node().await.with_revocation_sync();
    let state = other.state();
    tokio::spawn(async move {
        server::revocation::denylist::run(&state.valkey, &state.revocations, &state.clock).await;
    });
    let (live, ended_session) = sessions(&app).await;

    eventually(async || verdict(&app, &ended_session).await == ended()).await;
    assert_eq!(verdict(&app, &live).await, Verdict::NotEnded);
    live.on_node(&other).log_out().await.assert_ok();
    eventually(async || verdict(&app, &live).await == ended()).await;
    app.forget_cached_sessions().await;
    eventually(async || {
        let verdict = verdict(&app, &live).await;
        assert_ne!(verdict, Verdict::NotEnded);
        verdict == ended()
    })
    .await;
}

/// Each node writes all ends that it knows, and vouches only for its own writes.
#[app_test(with_valkey)]
async fn after_a_flush_the_heartbeat_comes_back_with_all_entries(app: TestApp) {
    let other = app.another_node().await;
    let (_, ended_session) = sessions(&app).await;
    let (state, others) = (app.state(), other.state());
    let (mut denylist, mut others_denylist) = (denylist!(state), denylist!(others));
    denylist.publish().await.expect("written");
    // This node has not learned of the end.
    app.valkey().command(&["DEL", "doorward:ended"]).await;
    others_denylist.write_ends().await.expect("written");
    assert_eq!(verdict(&app, &ended_session).await, Verdict::Unknown);
    denylist.publish().await.expect("written");
    assert_eq!(verdict(&app, &ended_session).await, ended());

    app.forget_cached_sessions().await;
    assert_eq!(verdict(&app, &ended_session).await, Verdict::Unknown);
    // A write after the loss does not hide it.
    let late = app.logged_in(ADA).await;
    late.log_out().await.assert_ok();
    denylist.write_ends().await.expect("written");
    denylist.publish().await.expect("written");

    assert_eq!(verdict(&app, &ended_session).await, ended());
    assert_eq!(verdict(&app, &late).await, ended());
}

/// The heartbeat of before the failover may be there, but vouches only for what is there, too.
#[app_test(with_valkey)]
async fn a_failover_that_loses_an_entry_is_noticed_before_the_next_heartbeat(app: TestApp) {
    let (late, ended_session) = sessions(&app).await;
    let state = app.state();
    let mut denylist = denylist!(state);
    denylist.publish().await.expect("written");
    let replica = app.valkey().lagging_replica().await;
    late.log_out().await.assert_ok();
    denylist.write_ends().await.expect("written");
    app.valkey().fail_over(replica).await;
    app.valkey().command(&["DEL", "doorward:ended"]).await;
    assert_eq!(verdict(&app, &late).await, Verdict::Unknown);

    // The first attempt may find the old connection closed.
    eventually(async || denylist.publish().await.is_ok()).await;

    assert_eq!(verdict(&app, &late).await, ended());
    assert_eq!(verdict(&app, &ended_session).await, ended());
}

#[app_test(with_valkey)]
async fn valkey_that_was_killed_gets_everything_again(app: TestApp) {
    let (live, ended_session) = sessions(&app).await;
    let state = app.state();
    let mut denylist = denylist!(state);
    denylist.publish().await.expect("written");
    app.valkey().kill().await;
    denylist.publish().await.expect_err("killed");
    app.valkey().start_again().await;

    eventually(async || denylist.publish().await.is_ok()).await;

    assert_eq!(verdict(&app, &ended_session).await, ended());
    assert_eq!(verdict(&app, &live).await, Verdict::NotEnded);
}

#[app_test(with_valkey)]
async fn a_node_that_may_have_missed_an_end_writes_no_heartbeat(app: TestApp) {
    let (_, ended_session) = sessions(&app).await;
    let state = app.state();
    let mut denylist = denylist!(state);
    app.advance(3);
    denylist.publish().await.expect("written");
    assert_eq!(verdict(&app, &ended_session).await, Verdict::Unknown);
    state.revocations.polled(state.clock.uptime(), state.clock.now());
    denylist.publish().await.expect("written");
    assert_eq!(verdict(&app, &ended_session).await, ended());
}

/// Of a suspended machine, the uptime stands still, and the time of day does not.
#[app_test(with_valkey)]
async fn a_node_that_was_suspended_writes_no_heartbeat_before_its_next_poll(app: TestApp) {
    let (_, ended_session) = sessions(&app).await;
    let state = app.state();
    let mut denylist = denylist!(state);
    app.shift_wall_clock(60);
    denylist.publish().await.expect("written");
    assert_eq!(verdict(&app, &ended_session).await, Verdict::Unknown);
    state.revocations.polled(state.clock.uptime(), state.clock.now());
    denylist.publish().await.expect("written");
    assert_eq!(verdict(&app, &ended_session).await, ended());
}

/// The first of these lines in `OPERATIONS.md`.
#[app_test(server_session, with_valkey)]
async fn the_documented_rights_are_enough(app: TestApp) {
    let document = include_str!("../../OPERATIONS.md");
    let rights = document.lines().find(|line| line.starts_with("ACL SETUSER doorward ")).expect("the rights");
    app.valkey().command(&rights.split(' ').collect::<Vec<_>>()).await;
    let url = format!("{}?user=doorward&pass=PASSWORD&db=1", app.valkey().url());
    app.restart_with(|settings| settings.set("session_cache", &url)).await;

    let (live, _) = sessions(&app).await;
    live.me().await.assert_ok();
    live.me().await.assert_ok();
    assert_eq!(metric(&app, "doorward_session_cache_hits_total").await, "1");
    let state = app.state();
    let mut denylist = denylist!(state);
    denylist.publish().await.expect("written");
    assert_eq!(metric(&app, "doorward_session_cache_up").await, "1");
}

#[app_test(with_valkey)]
async fn a_valkey_that_may_evict_gets_no_heartbeat(app: TestApp) {
    let (_, ended_session) = sessions(&app).await;
    let state = app.state();
    let mut denylist = denylist!(state);
    app.valkey().command(&["CONFIG", "SET", "maxmemory", "100mb"]).await;
    app.valkey().command(&["CONFIG", "SET", "maxmemory-policy", "allkeys-lru"]).await;
    let error = denylist.publish().await.expect_err("it may evict").to_string();
    assert!(error.contains("allkeys-lru") && error.contains("noeviction"), "{error}");
    assert_eq!(verdict(&app, &ended_session).await, Verdict::Unknown);

    app.valkey().command(&["CONFIG", "SET", "maxmemory-policy", "noeviction"]).await;
    denylist.publish().await.expect("written");
    assert_eq!(verdict(&app, &ended_session).await, ended());
}
