//! Refreshing: fresh access tokens for a session that lives, and nothing else.

use doorward_api::{EndReason, ErrorCode};
use futures::future::join_all;
use macro_rules_attribute::apply;

const MINUTE: u64 = 60;
const DAY: u64 = 24 * 60 * MINUTE;

#[apply(under_each_policy!)]
async fn without_any_proof_there_is_no_session(app: TestApp) {
    app.post("/api/auth/refresh").await.assert_refused(ErrorCode::SessionMissing);
    app.post("/api/auth/refresh").header("cookie", "theme=dark").await.assert_refused(ErrorCode::SessionMissing);
    app.post("/api/auth/refresh").header("cookie", "refresh=x").await.assert_refused(ErrorCode::SessionMissing);
}

#[apply(under_policies_with_refresh_tokens!)]
async fn a_refresh_gives_a_fresh_access_token(app: TestApp) {
    let mut ada = app.logged_in("ada@example.com").await;
    let old = ada.access_forgery();
    app.advance(5 * MINUTE);
    ada.me().await.assert_refused(ErrorCode::TokenExpired);

    let grant = ada.renew().await;

    ada.me().await.assert_ok();
    let new = ada.access_forgery();
    assert_eq!(grant.expires_in, Some(300));
    assert_ne!(old.claims["jti"], new.claims["jti"]);
    assert_eq!(old.claims["sid"], new.claims["sid"]);
    assert_eq!(old.claims["auth_time"], new.claims["auth_time"], "a refresh is no login");
    assert_eq!(grant.session.last_used_at.as_str(), "2026-01-01T00:05:00Z");
    assert!(grant.session.current);
}

#[apply(under_policies_that_renew!)]
async fn r33_r34_after_many_refreshes_the_session_ends_when_it_always_did(app: TestApp) {
    let mut ada = app.logged_in("ada@example.com").await;
    let end = ada.grant.session.expires_at.clone();
    let stored = app.database().value("select expires_at from sessions").await;

    for _ in 0..29 {
        app.advance(DAY);
        // That no refresh sets a cookie is checked on every answer.
        assert_eq!(ada.renew().await.session.expires_at, end);
        ada.me().await.assert_ok();
    }
    assert_eq!(app.database().value("select expires_at from sessions").await, stored);

    app.advance(DAY);
    ada.refresh().await.assert_ended(EndReason::Expired);
    ada.me().await.assert_over();
}

#[apply(under_policies_with_refresh_tokens!)]
async fn r34_r61_the_last_access_token_ends_with_the_session(app: TestApp) {
    let mut ada = app.logged_in("ada@example.com").await;
    for days in [13, 13, 3] {
        app.advance(days * DAY);
        ada.renew().await;
    }
    app.advance(DAY - 100);

    let grant = ada.renew().await;

    assert_eq!(grant.expires_in, Some(100));
    assert_eq!(ada.access_forgery().claims["exp"], ada.refresh_forgery().claims["exp"]);
    app.advance(99);
    assert_eq!(ada.renew().await.expires_in, Some(1));
    ada.me().await.assert_ok();
    app.advance(1);
    ada.me().await.assert_refused(ErrorCode::TokenExpired);
    ada.refresh().await.assert_ended(EndReason::Expired);
}

#[apply(under_policies_that_renew!)]
async fn r35_a_session_that_is_not_used_becomes_idle(app: TestApp) {
    app.restart_with(|settings| settings.session_idle = Some("1h".into())).await;
    let mut busy = app.logged_in("ada@example.com").await;
    let idle = app.logged_in("ada@example.com").await;

    app.advance(60 * MINUTE);
    busy.renew().await;
    app.advance(1 + app.late(60 * MINUTE));

    busy.refresh().await.assert_ok();
    idle.refresh().await.assert_ended(EndReason::Idle);
    app.advance(60 * MINUTE);
    busy.refresh().await.assert_ok();
    idle.refresh().await.assert_ended(EndReason::Idle);
}

#[apply(under_policies_that_renew!)]
async fn r35_uses_are_remembered_over_a_restart(app: TestApp) {
    app.restart_with(|settings| settings.session_idle = Some("1h".into())).await;
    let mut ada = app.logged_in("ada@example.com").await;
    app.advance(59 * MINUTE);
    ada.renew().await;
    server::background::flush(&app.state()).await.expect("written");

    app.restart().await;

    app.advance(59 * MINUTE);
    ada.renew().await;
}

#[apply(under_policies_that_renew!)]
async fn an_idle_limit_is_fixed_at_login(app: TestApp) {
    app.restart_with(|settings| settings.session_idle = Some("1h".into())).await;
    let ada = app.logged_in("ada@example.com").await;

    app.restart_with(|settings| settings.session_idle = Some("off".into())).await;

    app.advance(2 * 60 * MINUTE);
    ada.refresh().await.assert_ended(EndReason::Idle);
}

#[apply(under_policies_that_renew!)]
async fn r49_a_longer_lifetime_in_the_settings_extends_no_session(app: TestApp) {
    app.restart_with(|settings| settings.session_lifetime = Some("1h".into())).await;
    let ada = app.logged_in("ada@example.com").await;

    app.restart_with(|settings| settings.session_lifetime = Some("30d".into())).await;

    app.advance(60 * MINUTE);
    ada.refresh().await.assert_ended(EndReason::Expired);
}

#[apply(under_policies_that_renew!)]
async fn many_tabs_may_refresh_at_once(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    for answer in join_all((0..40).map(|_| ada.refresh())).await {
        answer.assert_status(200);
    }
    ada.refresh().await.assert_ok();
}

#[apply(under_policies_that_renew!)]
async fn a_refresh_shows_the_person_as_they_are_now(app: TestApp) {
    let mut ada = app.logged_in("ada@example.com").await;
    app.database().execute("update users set name = 'Countess', roles = 'admin editor'").await;

    let grant = ada.renew().await;

    assert_eq!(grant.user.name, "Countess");
    assert_eq!(ada.me().await.assert_ok().json()["roles"], serde_json::json!(["admin", "editor"]));
}

#[apply(under_policies_that_renew!)]
async fn an_ended_session_gives_its_reason_and_a_swept_one_none(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    app.database().execute("update sessions set ended_at = 1, end_reason = 'revoked_by_admin'").await;
    ada.refresh().await.assert_ended(EndReason::RevokedByAdmin);

    app.database().execute("update sessions set end_reason = 'a reason of tomorrow'").await;
    ada.refresh().await.assert_ended(EndReason::Unknown);

    app.database().execute("delete from sessions").await;
    ada.refresh().await.assert_ended(EndReason::Unknown);
}
