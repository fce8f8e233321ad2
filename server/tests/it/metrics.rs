//! `GET /metrics`.

use doorward_api::ErrorCode;
use test_macros::app_test;

use crate::support::{PASSWORD, TestApp, metric};

const ADA: &str = "ada@example.com";

#[app_test(renewable_policies)]
async fn logins_refreshes_and_ended_sessions_are_counted(app: TestApp) {
    let phone = app.logged_in(ADA).await;
    let laptop = app.logged_in(ADA).await;
    app.log_in(ADA, "wrong horse battery staple").await.assert_refused(ErrorCode::InvalidCredentials);
    laptop.refresh().await.assert_ok();
    laptop.revoke(&phone).await.assert_ok();
    phone.refresh().await.assert_refused(ErrorCode::SessionEnded);
    app.log_in("nobody@example.com", PASSWORD).await.assert_refused(ErrorCode::InvalidCredentials);

    for (series, value) in [
        ("doorward_logins_total{outcome=\"granted\"}", "2"),
        ("doorward_logins_total{outcome=\"refused\"}", "2"),
        ("doorward_refreshes_total{outcome=\"granted\"}", "1"),
        ("doorward_refreshes_total{outcome=\"refused\"}", "1"),
        ("doorward_sessions_ended_total{reason=\"revoked\"}", "1"),
        ("doorward_sessions_ended_total{reason=\"idle\"}", "0"),
        ("doorward_revoked_sessions", "1"),
    ] {
        assert_eq!(metric(&app, series).await, value, "{series}");
    }
}

#[app_test]
async fn token_verifications_are_counted_by_outcome(app: TestApp) {
    let (ada, logged_out) = (app.logged_in(ADA).await, app.logged_in(ADA).await);
    logged_out.log_out().await.assert_ok();
    ada.me().await.assert_ok();
    logged_out.me().await.assert_refused(ErrorCode::SessionEnded);
    app.get("/api/me").await.assert_refused(ErrorCode::TokenMissing);
    app.get("/api/me").bearer("none.of.ours").await.assert_refused(ErrorCode::TokenInvalid);
    app.require_revocation_sync();
    app.advance(300);
    ada.me().await.assert_refused(ErrorCode::TokenExpired);
    let late = ada.access_forgery().claim("exp", (app.unix_time() + 60).into()).signed_as_access_token(&app);
    app.get("/api/me").bearer(&late).await.assert_refused(ErrorCode::Unavailable);

    // A token that was verified before is in the cache, but is still checked against the revocation set.
    assert_ne!(metric(&app, "doorward_verifications_remembered_total").await, "0");
    // The two accepted ones are a request and the logout.
    for (outcome, value) in [("accepted", "2"), ("ended", "1"), ("invalid", "1"), ("expired", "1"), ("unsure", "1")] {
        let series = format!("doorward_verifications_total{{outcome=\"{outcome}\"}}");
        assert_eq!(metric(&app, &series).await, value, "{outcome}");
    }
}

#[app_test]
async fn keys_and_queues_are_measured(app: TestApp) {
    app.advance(90);
    for (series, value) in [
        ("doorward_keys", "1"),
        ("doorward_key_generation", "1"),
        ("doorward_key_age_seconds", "90.0"),
        ("doorward_hashing_queue", "0"),
        ("doorward_feed_waiting", "0"),
    ] {
        assert_eq!(metric(&app, series).await, value, "{series}");
    }
}

#[app_test(each_policy)]
async fn open_session_end_streams_are_counted(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let tabs = [ada.session_end_stream().await, ada.session_end_stream().await];
    assert_eq!(metric(&app, "doorward_event_streams").await, "2");
    drop(tabs);
    assert_eq!(metric(&app, "doorward_event_streams").await, "0");
}

#[app_test]
async fn a_stale_revocation_set_is_reported(app: TestApp) {
    app.require_revocation_sync();
    assert_eq!(metric(&app, "doorward_revocation_set_trusted").await, "1");
    app.advance(6);
    assert_eq!(metric(&app, "doorward_revocation_set_trusted").await, "0");
    assert_eq!(metric(&app, "doorward_revocation_set_age_seconds").await, "6.0");
}

#[app_test(each_policy)]
async fn the_prometheus_and_openmetrics_formats_are_served(app: TestApp) {
    let plain = app.get("/metrics").await.assert_status(200);
    assert_eq!(plain.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let text = plain.text();
    assert!(text.contains("# TYPE doorward_logins_total counter\n"), "{text}");
    assert!(text.contains("# TYPE doorward_revocation_lag_seconds histogram\n"), "{text}");
    assert!(!text.contains("# EOF") && !text.contains("# UNIT"), "{text}");

    let open = app.get("/metrics").header("accept", "application/openmetrics-text;version=1.0.0,*/*;q=0.1").await;
    assert_eq!(open.header("content-type"), Some("application/openmetrics-text; version=1.0.0; charset=utf-8"));
    let text = open.text();
    assert!(text.contains("# TYPE doorward_logins counter\n") && text.ends_with("# EOF\n"), "{text}");
    assert!(text.contains("# UNIT doorward_revocation_lag_seconds seconds\n"), "{text}");
}

#[app_test(each_policy)]
async fn metrics_identify_no_user(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    ada.log_out().await.assert_ok();
    let response = app.get("/metrics").await;
    let text = response.text();
    for secret in ["ada", "example", ada.session_id(), ada.user_id()] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}
