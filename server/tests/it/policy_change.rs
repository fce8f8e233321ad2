//! A change of the policies, while people are logged in: what is stricter holds at once, what is more lenient does not.

use doorward_api::{EndReason, ErrorCode, Timestamp, TokenResponse};
use macro_rules_attribute::apply;
use server::{config::Settings, over, policy_change};

use crate::fixture::{PASSWORD, Person, TestApp, doorward, soon};

const ADA: &str = "ada@example.com";
const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Another start of the server, with everything that it does at a start.
async fn restart_with(app: &TestApp, change: impl FnOnce(&mut Settings)) {
    app.restart_with(change).await;
    policy_change::apply(&app.state()).await.expect("the database answers");
}

/// What the server does every second.
async fn end_shortened(app: &TestApp) {
    over::sweep_shortened(&app.state()).await.expect("the database answers");
}

async fn restart_as(app: &TestApp, policy: &str) {
    restart_with(app, |settings| settings.policy = Some(policy.into())).await;
}

/// A login whose proof is read from the grant.
async fn grant(app: &TestApp, email: &str) -> TokenResponse {
    let mut answer = app.register(email, PASSWORD).await;
    if answer.status == 409 {
        answer = app.log_in(email, PASSWORD).await;
    }
    serde_json::from_slice(&answer.assert_ok().body).expect("a grant")
}

#[apply(on_both_databases!)]
async fn a_stricter_policy_ends_live_sessions_at_once_and_says_why(app: TestApp) {
    for policy in ["server-session", "memory-only", "banking"] {
        restart_as(&app, "retention").await;
        let ada = app.logged_in(ADA).await;
        let tab = ada.events().await;

        restart_as(&app, policy).await;

        ada.me().await.assert_ended(EndReason::PolicyChanged);
        ada.refresh().await.assert_ended(EndReason::PolicyChanged);
        drop(tab);
    }
    assert_eq!(app.database().value("select count(*) from events where reason = 'policy_changed'").await, "3");
}

#[apply(on_both_databases!)]
async fn a_more_lenient_policy_leaves_live_sessions_as_strict_as_they_were(app: TestApp) {
    restart_as(&app, "banking").await;
    let banking = grant(&app, ADA).await;
    restart_as(&app, "memory-only").await;
    let memory = grant(&app, ADA).await;

    restart_as(&app, "retention").await;

    let ask = |grant: &TokenResponse| app.get("/api/me").bearer(grant.access_token.as_deref().expect("a token"));
    ask(&banking).await.assert_ok();
    ask(&memory).await.assert_ok();
    let body = serde_json::json!({"refresh_token": memory.refresh_token});
    let answer = app.post("/api/auth/refresh").json(&body).await.assert_status(200);
    assert_eq!(answer.json()["session"]["policy"], "memory-only");
    app.advance(15 * MINUTE);
    ask(&banking).await.assert_refused(ErrorCode::TokenExpired);
}

#[apply(on_both_databases!)]
async fn a_refresh_is_held_to_stricter_rules_before_the_sweep_has_come(app: TestApp) {
    let ada = app.logged_in(ADA).await;

    app.restart_with(|settings| settings.policy = Some("banking".into())).await;

    ada.refresh().await.assert_ended(EndReason::PolicyChanged);
    ada.me().await.assert_ended(EndReason::PolicyChanged);
}

#[apply(on_both_databases!)]
async fn a_role_with_a_stricter_policy_ends_the_sessions_that_began_without_it(app: TestApp) {
    let strict = |settings: &mut Settings| settings.policy_for_role = vec![("admin".into(), "banking".into())];
    restart_with(&app, strict).await;
    let (ada, bob) = (app.logged_in(ADA).await, app.logged_in("bob@example.com").await);
    app.database().execute("update users set roles = 'admin' where email = 'ada@example.com'").await;

    ada.refresh().await.assert_ended(EndReason::PolicyChanged);

    bob.refresh().await.assert_status(200);
    let answer = app.log_in(ADA, PASSWORD).await.assert_status(200);
    assert_eq!(answer.json()["session"]["policy"], "banking");
}

#[apply(on_both_databases!)]
async fn a_shorter_lifetime_ends_what_is_older_and_shortens_the_rest(app: TestApp) {
    let old = app.logged_in(ADA).await;
    app.advance(2 * HOUR);
    let young = app.logged_in(ADA).await;
    app.advance(HOUR);

    restart_with(&app, |settings| settings.session_lifetime = Some("3h".into())).await;

    old.me().await.assert_refused(ErrorCode::TokenExpired);
    old.refresh().await.assert_ended(EndReason::PolicyChanged);
    let answer = young.refresh().await.assert_status(200);
    assert_eq!(answer.json()["session"]["expires_at"], "2026-01-01T05:00:00Z");
    app.advance(2 * HOUR);
    young.refresh().await.assert_ended(EndReason::Expired);
}

#[apply(on_both_databases!)]
async fn a_shortened_session_takes_an_access_token_with_it_that_would_live_longer(app: TestApp) {
    let other = app.another_node().await.follow();
    let ada = app.logged_in(ADA).await;
    let elsewhere = Person { app: other.clone(), ..ada.clone() };
    app.advance(20);

    restart_with(&app, |settings| settings.session_lifetime = Some("1m".into())).await;

    assert_eq!(ada.sessions().await[0].expires_at, Timestamp::new("2026-01-01T00:01:00Z"));
    app.advance(39);
    end_shortened(&app).await;
    elsewhere.me().await.assert_ok();
    app.advance(3);
    end_shortened(&app).await;
    ada.me().await.assert_ended(EndReason::Expired);
    ada.refresh().await.assert_ended(EndReason::Expired);
    soon(async || elsewhere.me().await.status == 401).await;
    elsewhere.me().await.assert_ended(EndReason::Expired);
}

#[apply(on_both_databases!)]
async fn a_session_that_is_idle_by_a_shorter_limit_takes_its_access_token_with_it(app: TestApp) {
    let (asking, silent, mut busy) = (app.logged_in(ADA).await, app.logged_in(ADA).await, app.logged_in(ADA).await);
    app.advance(20);
    busy.renew().await;
    server::background::flush(&app.state()).await.expect("written");

    restart_with(&app, |settings| settings.session_idle = Some("10s".into())).await;

    asking.refresh().await.assert_ended(EndReason::Idle);
    asking.me().await.assert_ended(EndReason::Idle);
    end_shortened(&app).await;
    silent.me().await.assert_ended(EndReason::Idle);
    busy.me().await.assert_ok();
    // After a restart, too.
    restart_with(&app, |_| ()).await;
    asking.me().await.assert_ended(EndReason::Idle);
    silent.me().await.assert_ended(EndReason::Idle);
    busy.renew().await;
}

#[apply(on_both_databases!)]
async fn r49_what_is_set_back_gives_a_shortened_session_nothing_back(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    restart_with(&app, |settings| settings.session_lifetime = Some("1m".into())).await;

    restart_with(&app, |settings| settings.session_lifetime = Some("30d".into())).await;

    let answer = ada.refresh().await.assert_status(200);
    assert_eq!(answer.json()["session"]["expires_at"], "2026-01-01T00:01:00Z");
    app.advance(MINUTE);
    ada.refresh().await.assert_ended(EndReason::Expired);
}

#[apply(on_both_databases!)]
async fn a_shorter_idle_limit_ends_what_nobody_used(app: TestApp) {
    let (idle, mut busy) = (app.logged_in(ADA).await, app.logged_in(ADA).await);
    app.advance(2 * HOUR);
    busy.renew().await;
    server::background::flush(&app.state()).await.expect("written");

    restart_with(&app, |settings| settings.session_idle = Some("1h".into())).await;

    idle.refresh().await.assert_ended(EndReason::Idle);
    busy.refresh().await.assert_status(200);
    app.advance(HOUR + 1);
    busy.refresh().await.assert_ended(EndReason::Idle);
}

#[apply(on_both_databases!)]
async fn r49_what_is_longer_prolongs_no_live_session(app: TestApp) {
    restart_with(&app, |settings| {
        settings.session_lifetime = Some("2h".into());
        settings.session_idle = Some("1h".into());
    })
    .await;
    let (idle, mut busy) = (app.logged_in(ADA).await, app.logged_in(ADA).await);
    let end = busy.grant.session.expires_at.clone();

    restart_with(&app, |settings| {
        settings.session_lifetime = Some("30d".into());
        settings.session_idle = Some("off".into());
    })
    .await;

    app.advance(HOUR);
    assert_eq!(busy.renew().await.session.expires_at, end);
    app.advance(1);
    idle.refresh().await.assert_ended(EndReason::Idle);
    app.advance(HOUR);
    busy.refresh().await.assert_ended(EndReason::Expired);
}

#[apply(on_both_databases!)]
async fn other_nodes_and_open_tabs_hear_of_it(app: TestApp) {
    let other = app.another_node().await.follow();
    let ada = app.logged_in(ADA).await;
    let elsewhere = Person { app: other.clone(), ..ada.clone() };
    let tab = elsewhere.events().await;

    restart_as(&app, "banking").await;

    assert_eq!(tab.end().await.expect("an event").reason, EndReason::PolicyChanged);
    elsewhere.me().await.assert_ended(EndReason::PolicyChanged);
}

#[apply(on_both_databases!)]
async fn a_preview_says_what_would_happen_and_does_nothing(app: TestApp) {
    app.set_clock(server::clock::Clock::system().now().seconds() - app.seconds() - 59 * 60);
    for _ in 0..3 {
        app.logged_in(ADA).await;
    }
    app.advance(57 * MINUTE);
    let young = app.logged_in(ADA).await;
    app.advance(2 * MINUTE);

    let said = doorward(app.database(), "policy preview --policy banking", "").await;
    assert_eq!((said.status, said.err.as_str()), (0, ""), "{said:?}");
    assert!(said.out.contains("4 sessions end at once\n"), "{}", said.out);
    assert!(said.out.contains("no session ends as now\n"), "{}", said.out);

    let said = doorward(app.database(), "policy preview --session-lifetime 1h", "").await;
    assert!(said.out.contains("no session ends at once\n"), "{}", said.out);
    assert!(said.out.contains("3 sessions end within 5 minutes\n"), "{}", said.out);
    assert!(said.out.contains("1 session ends within an hour\n"), "{}", said.out);

    let said = doorward(app.database(), "policy preview --session-lifetime 30d", "").await;
    assert!(said.out.contains("4 sessions end as now\n"), "{}", said.out);
    young.refresh().await.assert_status(200);
    app.advance(DAY);
    young.refresh().await.assert_status(200);
}

#[apply(on_both_databases!)]
async fn the_policy_of_each_role_is_shown_with_the_values_that_count(app: TestApp) {
    let words = "policy show --policy server-session --session-idle 2h --policy-for-role admin=banking --policy-for-role staff=memory-only";

    let said = doorward(app.database(), words, "").await;

    let lines: Vec<String> =
        said.out.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(lines[1], "(everybody else) server-session a session cookie none 30days 2h", "{said:?}");
    assert_eq!(lines[2], "admin banking nothing 15m 15m never");
    assert_eq!(lines[3], "staff memory-only a refresh token, in one tab 5m 30days 2h");
    let wrong = doorward(app.database(), "policy show --policy-for-role admin", "").await;
    assert_eq!(wrong.status, 2, "{wrong:?}");
    let wrong = doorward(app.database(), "policy show --policy-for-role admin=lax", "").await;
    assert_eq!(wrong.status, 1);
    assert!(wrong.err.starts_with("doorward: policy_for_role.admin: "), "{wrong:?}");
}
