//! Liveness and readiness: `GET /healthz` and `GET /readyz`.

use test_macros::app_test;

use crate::support::TestApp;

#[app_test]
async fn a_working_server_is_alive_and_ready(app: TestApp) {
    app.get("/healthz").await.assert_status(200);
    app.get("/readyz").await.assert_status(200);
}

#[app_test]
async fn a_server_without_database_is_alive_but_not_ready(app: TestApp) {
    app.database().break_table("write_probe").await;

    app.get("/healthz").await.assert_status(200);
    let response = app.get("/readyz").await.assert_refused(doorward_api::ErrorCode::Unavailable);
    assert!(response.headers.contains_key("retry-after"));

    app.database().repair_table("write_probe").await;
    // The database is checked once a second at most, also while it fails.
    app.get("/readyz").await.assert_refused(doorward_api::ErrorCode::Unavailable);
    app.advance(1);
    app.get("/readyz").await.assert_status(200);
}
