//! `banking`: one access token is the whole session.

use doorward_api::{EndReason, ErrorCode, PolicyName};
use futures::future::{join, join3};
use macro_rules_attribute::apply;
use serde_json::json;
use server::background::sweep_store;

use crate::fixture::{Database, Forgery, PASSWORD, Person, TestApp, soon};

const ADA: &str = "ada@example.com";
const MINUTE: u64 = 60;

macro_rules! under_banking {
    ($($test:tt)*) => { under_policies! { [banking Banking] $($test)* } };
}

#[apply(under_banking!)]
async fn r34_r61_the_session_ends_with_its_access_token(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    assert_eq!(ada.grant.expires_in, Some(900));
    assert_eq!(ada.grant.session.expires_at.as_str(), "2026-01-01T00:15:00Z");
    assert_eq!(ada.access_forgery().claims["exp"], app.seconds() + 900);

    app.advance(15 * MINUTE - 1);
    ada.me().await.assert_ok();
    ada.account().await.assert_ok();
    assert_eq!(ada.sessions().await.len(), 1);
    app.advance(1);

    for answer in [ada.me().await, ada.account().await, ada.on_sessions("DELETE", "").await] {
        answer.assert_refused(ErrorCode::TokenExpired);
    }
    assert_eq!(app.logged_in(ADA).await.sessions().await.len(), 1, "the other one is over");
    app.advance(2 * MINUTE);
    sweep_store(&app.state()).await.expect("swept");
    let ends = "select s.end_reason, s.ended_at - s.created_at from sessions s where s.ended_at is not null";
    assert_eq!(app.database().rows(ends).await, [["expired", "900000"]]);
}

#[apply(under_banking!)]
async fn r34_no_use_prolongs_it(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    for _ in 0..14 {
        app.advance(MINUTE);
        ada.account().await.assert_ok();
        assert_eq!(ada.sessions().await[0].expires_at, ada.grant.session.expires_at);
    }
    app.advance(MINUTE);
    ada.account().await.assert_refused(ErrorCode::TokenExpired);
}

#[apply(under_banking!)]
async fn there_is_nothing_to_refresh_with(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let refresh = || app.post("/api/auth/refresh");
    // Signed as ours are, and naming a session that lives: but no token was ever given to it.
    let ours = Forgery::fresh_refresh_token(&app).claim("sid", json!(ada.session())).signed_for_refresh(&app);

    for request in [refresh(), refresh().json(&json!({})), refresh().of(&ada), ada.post("/api/auth/refresh")] {
        request.await.assert_refused(ErrorCode::SessionMissing);
    }
    for token in [ada.access_token(), &ours, "", "null"] {
        refresh().cookie(token).await.assert_ended(EndReason::Unknown);
        refresh().session_cookie(token).await.assert_ended(EndReason::Unknown);
        refresh().with_refresh_token(token).await.assert_ended(EndReason::Unknown);
    }

    app.post("/api/auth/logout").cookie(&ours).await.assert_status(204);
    app.post("/api/auth/logout").with_refresh_token(&ours).await.assert_status(204);
    ada.account().await.assert_ok();
    assert_eq!(app.database().value("select count(*) from sessions where token_hash is not null").await, "0");
}

#[apply(under_banking!)]
async fn whoever_has_the_token_logs_out_with_it(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    app.post("/api/auth/logout").json(&json!({})).await.assert_status(204);
    ada.me().await.assert_ok();

    app.post("/api/auth/logout").bearer(ada.access_token()).await.assert_status(204);

    ada.me().await.assert_ended(EndReason::LoggedOut);
    app.advance(16 * MINUTE);
    ada.log_out().await.assert_status(204);
}

#[apply(under_banking!)]
async fn a_login_in_another_tab_ends_nothing(app: TestApp) {
    let first = app.logged_in(ADA).await;
    let second = first.log_in_again().await;
    first.me().await.assert_ok();
    second.me().await.assert_ok();
    assert_ne!(first.session(), second.session());
}

#[apply(under_banking!)]
async fn a_shorter_token_is_a_shorter_session(app: TestApp) {
    for (life, seconds) in [("5m", 300), ("5s", 5)] {
        app.restart_with(|settings| settings.access_token_lifetime = Some(life.into())).await;
        let ada = app.logged_in(ADA).await;
        assert_eq!(ada.grant.expires_in, Some(seconds));
        app.advance(seconds.unsigned_abs());
        ada.me().await.assert_refused(ErrorCode::TokenExpired);
        let left = "select max(expires_at - created_at) from sessions where created_at = (select max(created_at) from sessions)";
        assert_eq!(app.database().value(left).await, (seconds * 1000).to_string());
    }
}

#[apply(under_banking!)]
async fn settings_that_promise_more_than_the_token_stop_the_start(app: TestApp) {
    let lifetime = app.try_restart_with(|settings| settings.session_lifetime = Some("16m".into())).await;
    assert!(lifetime.expect_err("refused").starts_with("session_lifetime: "));
    let idle = app.try_restart_with(|settings| settings.session_idle = Some("5m".into())).await;
    assert!(idle.expect_err("refused").starts_with("session_idle: "));
    app.restart_with(|settings| settings.session_lifetime = Some("5m".into())).await;
    assert_eq!(app.logged_in(ADA).await.grant.expires_in, Some(300), "less is fine");
}

/// Beside a server whose other sessions live longer.
#[apply(on_both_databases!)]
async fn values_for_others_do_not_stretch_it(app: TestApp) {
    app.restart_with(|settings| {
        settings.policy_for_role = vec![("teller".into(), "banking".into())];
        settings.session_lifetime = Some("30d".into());
        settings.session_idle = Some("5m".into());
    })
    .await;
    app.register(ADA, PASSWORD).await.assert_ok();
    app.database().execute("update users set roles = 'teller'").await;

    let ada = app.logged_in(ADA).await;

    assert_eq!((ada.grant.session.policy, ada.grant.expires_in), (PolicyName::Banking, Some(900)));
    app.advance(14 * MINUTE);
    ada.account().await.assert_ok();
}

#[apply(under_banking!)]
async fn f5_once_a_revoke_is_answered_the_token_is_dead(app: TestApp) {
    let laptop = app.logged_in(ADA).await;
    let other = app.another_node().await.follow();
    for _ in 0..50 {
        let phone = app.logged_in(ADA).await;
        let there = Person { app: other.clone(), ..phone.clone() };
        let uses = join3(phone.me(), phone.account(), there.me());

        let (revoked, (me, account, elsewhere)) = join(laptop.revoke(&phone), uses).await;

        revoked.assert_status(204);
        phone.me().await.assert_ended(EndReason::Revoked);
        for answer in [me, account, elsewhere].into_iter().filter(|answer| answer.status != 200) {
            answer.assert_ended(EndReason::Revoked);
        }
        soon(async || there.me().await.status == 401).await;
    }
}

#[tokio::test]
async fn f2_without_the_database_the_token_is_still_good() {
    let app = TestApp::start_under(PolicyName::Banking, Database::postgres_of_its_own().await).await;
    let ada = app.logged_in(ADA).await;

    app.database().go_away().await;
    ada.me().await.assert_ok();
    ada.account().await.assert_refused(ErrorCode::Unavailable);
    ada.log_out().await.assert_refused(ErrorCode::Unavailable);

    app.database().come_back().await;
    ada.account().await.assert_ok();
    ada.log_out().await.assert_status(204);
}
