//! Several processes on one database: what ends here is over there, within a second.

use std::time::Duration;

use doorward_api::{EndReason, ErrorCode};
use futures::future::join_all;
use macro_rules_attribute::apply;
use server::revocation::sync;

use crate::fixture::{Database, Person, TestApp, metric, soon};

const ADA: &str = "ada@example.com";

/// The same person with the same tokens, asking another node.
fn at(node: &TestApp, person: &Person) -> Person {
    Person { app: node.clone(), ..person.clone() }
}

async fn is_over(person: &Person) -> bool {
    person.me().await.status == 401
}

#[apply(under_each_policy!)]
async fn r37_a_session_ended_on_one_node_is_over_on_the_other(app: TestApp) {
    let other = app.another_node().await.follow();
    let phone = app.logged_in(ADA).await;
    let laptop = app.logged_in(ADA).await;
    let phone_there = at(&other, &phone);
    phone_there.me().await.assert_ok();

    laptop.revoke(&phone).await.assert_ok();

    soon(async || is_over(&phone_there).await).await;
    let ended = phone_there.me().await.assert_ended(EndReason::Revoked).problem().ended;
    assert!(ended.is_some(), "the other node knows from where, too");
    at(&other, &laptop).me().await.assert_ok();
}

#[apply(under_policies_with_refresh_tokens!)]
async fn a_session_that_is_used_on_another_node_is_not_idle_on_this_one(app: TestApp) {
    app.restart_with(|settings| settings.session_idle = Some("5s".into())).await;
    let other = app.another_node().await;
    let mut ada = app.logged_in(ADA).await;
    app.advance(4);
    // The other node has yet to write this use.
    let mut there = at(&other, &ada);
    ada.grant = there.renew().await;
    app.advance(2);

    assert_eq!(ada.sessions().await.len(), 1);
}

#[apply(under_each_policy!)]
async fn whoever_writes_into_the_database_is_followed(app: TestApp) {
    let app = app.follow();
    let ada = app.logged_in(ADA).await;
    let now = app.seconds() * 1000;

    app.database().execute(format!("update sessions set ended_at = {now}, end_reason = 'revoked_by_admin'")).await;

    soon(async || is_over(&ada).await).await;
    ada.me().await.assert_ended(EndReason::RevokedByAdmin);
}

#[apply(under_each_policy!)]
async fn an_end_that_is_committed_late_is_not_missed(app: TestApp) {
    let app = app.follow();
    let first = app.logged_in(ADA).await;
    let late = app.logged_in(ADA).await;
    first.log_out().await.assert_ok();
    app.advance(20);
    soon(async || app.get("/readyz").await.status == 200).await;
    let newest = app.logged_in(ADA).await;
    newest.log_out().await.assert_ok();
    let nine_seconds_ago = app.seconds() * 1000 - 9000;

    let end = format!(
        "update sessions set ended_at = {nine_seconds_ago}, end_reason = 'revoked' where session_id = '{}'",
        late.session()
    );
    app.database().execute(end).await;

    soon(async || is_over(&late).await).await;
}

#[apply(under_each_policy!)]
async fn f3_a_clock_that_is_set_back_hides_no_end(app: TestApp) {
    let other = app.another_node().await.follow();
    let phone = app.logged_in(ADA).await;
    let laptop = app.logged_in(ADA).await;
    let phone_there = at(&other, &phone);
    app.set_clock(3600);
    laptop.log_out().await.assert_ok();
    let laptop_there = at(&other, &laptop);
    soon(async || is_over(&laptop_there).await).await;

    app.set_clock(-3600);
    phone.log_out().await.assert_ok();

    soon(async || is_over(&phone_there).await).await;
}

#[apply(under_policies_with_access_tokens!)]
async fn f10_who_cannot_read_for_too_long_lets_nobody_in_until_he_can(app: TestApp) {
    let app = app.follow();
    let ada = app.logged_in(ADA).await;
    let out = app.logged_in(ADA).await;
    out.log_out().await.assert_ok();
    soon(async || app.get("/readyz").await.status == 200).await;
    app.database().lose("sessions").await;

    // A look may be under way while the clock moves.
    soon(async || {
        app.advance(6);
        ada.me().await.status == 503
    })
    .await;
    ada.me().await.assert_refused(ErrorCode::Unavailable);
    app.get("/readyz").await.assert_refused(ErrorCode::Unavailable);
    app.post("/api/auth/logout").bearer(ada.access_token()).await.assert_refused(ErrorCode::Unavailable);
    out.me().await.assert_ended(EndReason::LoggedOut);

    app.database().bring_back("sessions").await;
    soon(async || ada.me().await.status == 200).await;
}

// As after a laptop has slept, or a virtual machine was moved.
#[apply(under_each_policy!)]
async fn f10_a_node_that_stood_still_looks_before_it_refuses(app: TestApp) {
    let app = app.follow();
    let ada = app.logged_in(ADA).await;
    let out = app.logged_in(ADA).await;
    out.log_out().await.assert_ok();

    for _ in 0..5 {
        app.advance(6);
        ada.me().await.assert_ok();
        out.me().await.assert_ended(EndReason::LoggedOut);
    }
}

#[apply(under_policies_with_access_tokens!)]
async fn the_lag_behind_other_nodes_is_known(app: TestApp) {
    let other = app.another_node().await.follow();
    let ada = app.logged_in(ADA).await;
    let there = at(&other, &ada);
    let lag = async |what: &str| metric(&other, &format!("doorward_revocation_lag_seconds_{what}")).await;
    assert_eq!(lag("count").await, "0");
    let three_seconds_ago = app.seconds() * 1000 - 3000;

    app.database().execute(format!("update sessions set ended_at = {three_seconds_ago}, end_reason = 'revoked'")).await;

    soon(async || is_over(&there).await).await;
    assert_eq!((lag("count").await.as_str(), lag("bucket{le=\"2.5\"}").await.as_str()), ("1", "0"));
    assert!(lag("sum").await.starts_with("3."));
}

#[tokio::test]
async fn postgres_calls_at_once() {
    let app = TestApp::start(Database::postgres().await).await;
    let mut calls = app.another_node().await.state().store.listen().await.expect("heard").expect("Postgres calls");
    let ada = app.logged_in(ADA).await;

    ada.log_out().await.assert_ok();

    // Other tests call in the same database, at other times of day.
    soon(async || calls.next().await.expect("a call").is_some_and(|moment| moment.seconds() == app.seconds())).await;
}

#[tokio::test]
async fn sqlite_has_nobody_to_call() {
    let app = TestApp::start(Database::sqlite()).await;
    assert!(app.state().store.listen().await.expect("no fault").is_none());
}

#[apply(under_policies_with_access_tokens!)]
async fn looking_is_enough(app: TestApp) {
    let other = app.another_node().await;
    let state = other.state();
    tokio::spawn(async move { follower::look(&state).await });
    for _ in 0..3 {
        let ada = app.logged_in(ADA).await;
        let there = at(&other, &ada);
        there.me().await.assert_ok();
        ada.log_out().await.assert_ok();
        soon(async || is_over(&there).await).await;
    }
}

#[tokio::test]
async fn listening_is_enough_even_where_the_connection_is_lost() {
    let app = TestApp::start(Database::postgres_of_its_own().await).await;
    let other = app.another_node().await;
    let state = other.state();
    tokio::spawn(async move { follower::listen(&state).await });
    let ears = format!("select count(*) from pg_stat_activity where {LISTENING}");
    for is_cut in [false, true, false, true] {
        soon(async || app.database().value(ears.as_str()).await == "1").await;
        let (early, late) = (app.logged_in(ADA).await, app.logged_in(ADA).await);
        if is_cut {
            let deaf = format!("select pg_terminate_backend(pid)::text from pg_stat_activity where {LISTENING}");
            app.database().rows(deaf).await;
        }

        early.log_out().await.assert_ok();
        app.advance(1);
        late.log_out().await.assert_ok();

        for person in [early, late] {
            let there = at(&other, &person);
            soon(async || is_over(&there).await).await;
        }
    }
}

#[apply(on_both_databases!)]
async fn a_flood_of_ends_is_read_to_its_last(app: TestApp) {
    let app = app.follow();
    let ada = app.logged_in(ADA).await;
    let now = app.seconds() * 1000;
    // 4,096 at one moment, and then one more.
    let id = |n: usize| format!("s{n}.session_id");
    let rows: Vec<_> = (0..6).map(|n| format!("pairs s{n}")).collect();
    let ids: Vec<_> = (0..6).map(id).collect();
    let flood = format!(
        "insert into sessions (session_id, user_id, policy, browser, os, ip, created_at, last_used_at, expires_at, ended_at, end_reason) \
         with pairs (session_id) as (select 'a' union all select 'b' union all select 'c' union all select 'd') \
         select {}, s.user_id, s.policy, s.browser, s.os, s.ip, s.created_at, s.last_used_at, s.expires_at, {now}, 'revoked' \
         from sessions s, {}",
        ids.join(" || "),
        rows.join(", ")
    );
    app.database().execute(flood).await;
    app.database()
        .execute(format!("update sessions set ended_at = {now}, end_reason = 'revoked' where ended_at is null"))
        .await;

    soon(async || is_over(&ada).await && metric(&app, "doorward_revoked_sessions").await == "4097").await;
    let again = app.another_node().await;
    assert_eq!(metric(&again, "doorward_revoked_sessions").await, "4097", "and at a start");
    at(&again, &ada).me().await.assert_ended(EndReason::Revoked);
}

const LISTENING: &str = "datname = current_database() and query ilike 'listen%'";

#[tokio::test]
async fn a_lost_ear_misses_nothing_and_grows_again() {
    let app = TestApp::start(Database::postgres_of_its_own().await).await;
    let other = app.another_node().await.follow();
    let people = join_all((0..10).map(|_| app.logged_in(ADA))).await;
    let ears = format!("select count(*) from pg_stat_activity where {LISTENING}");
    soon(async || app.database().value(ears.as_str()).await == "1").await;

    for person in people {
        let there = at(&other, &person);
        there.me().await.assert_ok();
        let deaf = format!("select pg_terminate_backend(pid)::text from pg_stat_activity where {LISTENING}");
        app.database().rows(deaf).await;
        person.log_out().await.assert_ok();
        soon(async || is_over(&there).await).await;
    }

    tokio::time::sleep(Duration::from_millis(500)).await;
    soon(async || app.database().value(ears.as_str()).await == "1").await;
}

#[tokio::test]
async fn f2_a_database_that_goes_away_and_comes_back_costs_nobody_their_session() {
    let app = TestApp::start(Database::postgres_of_its_own().await).await.follow();
    let ada = app.logged_in(ADA).await;
    app.database().go_away().await;
    app.advance(6);
    ada.me().await.assert_refused(ErrorCode::Unavailable);

    app.database().come_back().await;

    soon(async || ada.me().await.status == 200).await;
    ada.refresh().await.assert_ok();
}
