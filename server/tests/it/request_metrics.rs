//! Durations of requests and figures of the process and the database in `/metrics`.

use std::{collections::BTreeSet, fs};

use doorward_api::ErrorCode;
use test_macros::app_test;

use crate::support::{TestApp, metric};

const ADA: &str = "ada@example.com";

fn series(labels: &str) -> String {
    format!("doorward_http_request_seconds_count{{{labels}}}")
}

#[app_test(each_policy)]
async fn requests_are_counted_by_the_template_of_their_path(app: TestApp) {
    let (ada, phone) = (app.logged_in(ADA).await, app.logged_in(ADA).await);
    ada.me().await.assert_ok();
    ada.me().await.assert_ok();
    app.get("/api/me").await.assert_refused(ErrorCode::TokenMissing);
    ada.revoke(&phone).await.assert_ok();
    app.get("/login").await.assert_status(200);

    for (labels, value) in [
        (r#"route="/api/me",method="GET",status="200""#, "2"),
        (r#"route="/api/me",method="GET",status="401""#, "1"),
        (r#"route="/api/sessions/{id}",method="DELETE",status="204""#, "1"),
        (r#"route="/login",method="GET",status="200""#, "1"),
    ] {
        assert_eq!(metric(&app, &series(labels)).await, value, "{labels}");
    }
}

#[app_test]
async fn every_method_of_the_api_is_counted_under_its_name(app: TestApp) {
    let api = app.get("/api/openapi.json").await.json();
    let paths = api["paths"].as_object().expect("paths");
    let operations = paths.values().filter_map(|path| path.as_object()).flat_map(|path| path.keys());
    let methods: BTreeSet<String> = operations.map(|method| method.to_uppercase()).collect();
    assert!(methods.contains("PUT") && methods.contains("PATCH"), "{methods:?}");
    for method in &methods {
        app.request(method, "/api/nothing").await.assert_status(404);
    }

    let text = app.get("/metrics").await.text().to_owned();
    for method in methods {
        assert!(text.contains(&format!(r#"method="{method}",status="404""#)), "{method}: {text}");
    }
}

#[app_test]
async fn a_client_cannot_make_new_series(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    for number in 0..50 {
        app.get(&format!("/nothing/{number}")).await.assert_status(404);
        app.get(&format!("/api/nothing/{number}")).await.assert_status(404);
        ada.request("DELETE", &format!("/api/sessions/{number}")).await.assert_status(404);
        app.request(&format!("METHOD{number}"), "/api/me").await.assert_status(405);
        app.request(&format!("METHOD{number}"), "/nothing").await;
        app.request("OPTIONS", "/login").await.assert_status(405);
    }

    let text = app.get("/metrics").await.text().to_owned();
    let lines = text.lines().filter_map(|line| line.strip_prefix("doorward_http_request_seconds_count{"));
    let series: BTreeSet<&str> = lines.filter_map(|line| line.split('}').next()).collect();
    assert!(series.len() < 12 && !text.contains("METHOD"), "{series:#?}");
    assert!(!text.contains("/nothing"), "{series:#?}");
}

#[app_test]
async fn a_request_takes_as_long_as_the_clock_says(app: TestApp) {
    app.get("/healthz").await.assert_status(200);
    let sum = r#"doorward_http_request_seconds_sum{route="/healthz",method="GET",status="200"}"#;
    // The clock of tests stands still.
    assert_eq!(metric(&app, sum).await, "0.0");
}

#[app_test]
async fn the_connections_to_the_database_are_counted(app: TestApp) {
    app.logged_in(ADA).await;
    let text = app.get("/metrics").await.text().to_owned();
    let value = |prefix: &str| {
        let lines = text.lines().filter_map(|line| line.strip_prefix(prefix));
        lines
            .map(|line| line.rsplit(' ').next().and_then(|value| value.parse::<u64>().ok()).expect(prefix))
            .sum::<u64>()
    };
    let (open, max) = (value("doorward_database_connections{"), value("doorward_database_connections_max{"));
    assert!((1..=max).contains(&open), "{open} of {max}");
    assert_eq!(value("doorward_database_waiting{"), 0);
    assert!(value(r#"doorward_database_seconds_count{operation="query"}"#) > 0);
    assert!(value(r#"doorward_database_seconds_count{operation="transaction"}"#) > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_connection_is_counted() {
    use crate::support::{Database, eventually};

    let app = TestApp::start(Database::sqlite()).await;
    // Another process writes, so the only connection for writes is in use until it has finished.
    app.database().execute("begin immediate").await;
    let mut registrations = Vec::new();
    for number in 0..3 {
        let app = app.clone();
        registrations.push(tokio::spawn(async move { app.logged_in(&format!("user{number}@example.com")).await }));
    }
    let waiting = || app.state().store.pools().iter().map(|pool| pool.waiting).sum::<usize>();
    eventually(async || waiting() == 2).await;
    app.database().execute("commit").await;
    for registration in registrations {
        registration.await.expect("a login");
    }
    assert_eq!(waiting(), 0);
}

#[app_test]
async fn the_process_and_its_version_are_described(app: TestApp) {
    assert_eq!(metric(&app, &format!("doorward_info{{version=\"{}\"}}", env!("CARGO_PKG_VERSION"))).await, "1");
    for series in [
        "process_cpu_seconds_total",
        "process_resident_memory_bytes",
        "process_virtual_memory_bytes",
        "process_threads",
        "process_open_fds",
        "process_max_fds",
        "process_start_time_seconds",
    ] {
        let value: f64 = metric(&app, series).await.parse().expect("a number");
        assert!(value > 0.0, "{series} {value}");
    }
    let started: f64 = metric(&app, "process_start_time_seconds").await.parse().expect("a number");
    let uptime = fs::read_to_string("/proc/uptime").expect("the uptime of the machine");
    let uptime: f64 = uptime.split(' ').next().and_then(|seconds| seconds.parse().ok()).expect("seconds");
    app.set_wall_clock_to_now();
    let now = f64::from(u32::try_from(app.unix_time()).expect("a time of this century"));
    assert!(started <= now + 1.0 && started >= now - uptime - 1.0, "{started}, now {now}, up {uptime}");
}

#[app_test]
async fn readiness_is_a_metric(app: TestApp) {
    assert_eq!(metric(&app, "doorward_ready").await, "1");
    app.require_revocation_sync();
    app.advance(6);
    assert_eq!(metric(&app, "doorward_ready").await, "0");
    app.get("/readyz").await.assert_refused(ErrorCode::Unavailable);
}
