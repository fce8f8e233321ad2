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

/// Whether readiness notices what this statement does, and that it is undone.
async fn assert_noticed(app: &TestApp, fault: &str, repair: &str) {
    app.database().execute(fault).await;
    app.advance(1);
    app.get("/readyz").await.assert_refused(doorward_api::ErrorCode::Unavailable);
    app.database().execute(repair).await;
    app.advance(1);
    app.get("/readyz").await.assert_status(200);
}

#[app_test]
async fn a_server_that_could_log_in_nobody_is_not_ready(app: TestApp) {
    app.get("/readyz").await.assert_status(200);
    for table in ["users", "sessions", "attempts", "events"] {
        let (gone, back) =
            (format!("alter table {table} rename to gone"), format!("alter table gone rename to {table}"));
        assert_noticed(&app, &gone, &back).await;
    }
}

#[app_test(sqlite)]
async fn a_trigger_that_refuses_logins_makes_a_server_not_ready(app: TestApp) {
    app.get("/readyz").await.assert_status(200);
    let refuse = "create trigger refuse before insert on sessions begin select raise(abort, 'no'); end";
    assert_noticed(&app, refuse, "drop trigger refuse").await;
}

#[app_test]
async fn checks_of_readiness_leave_no_rows(app: TestApp) {
    for _ in 0..3 {
        app.get("/readyz").await.assert_status(200);
        app.advance(1);
    }
    for table in ["users", "sessions", "attempts", "events"] {
        assert_eq!(app.database().value(format!("select count(*) from {table}").as_str()).await, "0", "{table}");
    }
}
