//! What Valkey can do to `session_cache`: die, freeze, forget, fail over, or be something else. No request fails.

use std::time::Duration;

use doorward_api::EndReason;
use test_macros::app_test;
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
};

use crate::{
    session_cache::{BAR, cached, only_key},
    support::{Database, ServerProcess, TestApp, ValkeyServer, eventually, metric, run_cli_with},
};

const ADA: &str = "ada@example.com";

async fn is_up(app: &TestApp) -> bool {
    metric(app, "doorward_session_cache_up").await == "1"
}

#[app_test(server_session, with_valkey)]
async fn a_flush_logs_no_session_out(app: TestApp) {
    let ada = cached(&app, ADA).await;
    let ended = cached(&app, ADA).await;
    ended.log_out().await.assert_ok();

    app.forget_cached_sessions().await;

    ada.me().await.assert_ok();
    ada.refresh().await.assert_ok();
    ended.me().await.assert_ended(EndReason::LoggedOut);
    assert_eq!(app.valkey().keys("doorward:s:*").await.len(), 1, "cached again");
}

#[app_test(server_session, with_valkey)]
async fn killed_frozen_and_back(app: TestApp) {
    let ada = cached(&app, ADA).await;
    let every_request_works = async || {
        for _ in 0..3 {
            ada.me().await.assert_ok();
            ada.refresh().await.assert_ok();
            let phone = app.logged_in(ADA).await;
            phone.me().await.assert_ok();
            phone.log_out().await.assert_ok();
            phone.me().await.assert_ended(EndReason::LoggedOut);
            app.advance(1);
        }
        app.get("/readyz").await.assert_status(200);
    };
    let is_used_again = async || {
        eventually(async || {
            app.advance(1);
            ada.me().await.assert_ok();
            is_up(&app).await
        })
        .await;
        let hits = metric(&app, "doorward_session_cache_hits_total").await;
        eventually(async || {
            ada.me().await.assert_ok();
            metric(&app, "doorward_session_cache_hits_total").await != hits
        })
        .await;
    };
    assert!(is_up(&app).await);

    app.valkey().kill().await;
    every_request_works().await;
    assert!(!is_up(&app).await);
    app.valkey().start_again().await;
    is_used_again().await;

    app.valkey().freeze();
    every_request_works().await;
    assert!(!is_up(&app).await);
    app.valkey().thaw();
    is_used_again().await;
}

/// After the slow read, nothing else is read for a second.
#[app_test(server_session, with_valkey)]
async fn a_slow_read_keeps_no_end_from_being_barred(app: TestApp) {
    let (ada, phone) = (app.logged_in(ADA).await, cached(&app, ADA).await);
    let key = only_key(&app).await;
    app.valkey().freeze();
    ada.me().await.assert_ok();
    assert!(!is_up(&app).await);
    app.valkey().thaw();

    phone.log_out().await.assert_ok();

    eventually(async || app.valkey().get(&key).await.is_some_and(|value| value == BAR)).await;
}

#[app_test(server_session, with_valkey)]
async fn valkey_that_does_not_write_is_no_reason_to_refuse(app: TestApp) {
    let ada = cached(&app, ADA).await;
    app.valkey().command(&["REPLICAOF", "127.0.0.1", "1"]).await;
    app.valkey().command(&["CONFIG", "SET", "replica-serve-stale-data", "yes"]).await;
    ada.me().await.assert_ok();
    let phone = app.logged_in(ADA).await;
    phone.me().await.assert_ok();
    phone.log_out().await.assert_ok();
    phone.me().await.assert_ended(EndReason::LoggedOut);
    assert!(!is_up(&app).await);
    app.advance(1);
    ada.me().await.assert_ok();
    assert!(!is_up(&app).await, "reading alone is no recovery");
}

/// Both nodes know of the end from the database, within their staleness.
#[app_test(server_session, with_valkey)]
async fn a_failover_that_loses_the_bar_revives_no_session_for_longer_than_a_poll(app: TestApp) {
    let app = app.with_revocation_sync();
    let other = app.another_node().await.with_revocation_sync();
    let ada = app.logged_in(ADA).await;
    let phone = cached(&app, ADA).await;
    phone.on_node(&other).me().await.assert_ok();
    let key = only_key(&app).await;
    let entry = app.valkey().get(&key).await.expect("an entry");
    let replica = app.valkey().lagging_replica().await;
    ada.revoke(&phone).await.assert_ok();
    assert_eq!(app.valkey().get(&key).await.expect("a bar"), BAR);
    eventually(async || metric(&other, "doorward_revoked_sessions").await == "1").await;

    app.valkey().fail_over(replica).await;

    assert_eq!(app.valkey().get(&key).await.expect("the entry is back"), entry);
    for _ in 0..3 {
        phone.me().await.assert_ended(EndReason::Revoked);
        phone.on_node(&other).me().await.assert_ended(EndReason::Revoked);
        app.advance(1);
    }
}

#[app_test(server_session, with_valkey)]
async fn a_node_that_learns_of_an_end_bars_it_again(app: TestApp) {
    let app = app.with_revocation_sync();
    let other = app.another_node().await;
    let ada = app.logged_in(ADA).await;
    let phone = cached(&app, ADA).await;
    let key = only_key(&app).await;
    ada.revoke(&phone).await.assert_ok();
    app.forget_cached_sessions().await;

    let _other = other.with_revocation_sync();

    eventually(async || app.valkey().get(&key).await.is_some_and(|value| value == BAR)).await;
}

/// This node sees Valkey and not its database.
#[app_test(server_session, with_valkey)]
async fn a_stale_revocation_set_opens_no_entry(app: TestApp) {
    let ada = cached(&app, ADA).await;
    app.require_revocation_sync();
    ada.me().await.assert_ok();
    assert_eq!(metric(&app, "doorward_session_cache_hits_total").await, "1");
    app.advance(3);
    app.database().break_table("sessions").await;
    ada.me().await.assert_refused(doorward_api::ErrorCode::Unavailable);
    app.database().repair_table("sessions").await;
    ada.me().await.assert_ok();
    assert_eq!(metric(&app, "doorward_session_cache_hits_total").await, "1");
}

async fn answer(mut stream: TcpStream, answer: &'static [u8]) {
    drop(stream.write_all(answer).await);
    if answer.is_empty() {
        // Something that waits for another kind of request.
        tokio::time::sleep(Duration::from_mins(1)).await;
    }
}

/// Something that is not Valkey on a port.
async fn something_else(response: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, response));
        }
    });
    port
}

#[tokio::test]
async fn something_else_on_the_port_is_one_clear_line_and_no_reason_not_to_start() {
    const HTTP: &[u8] = b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n";
    for (scheme, response) in [("valkey", HTTP), ("valkey", b""), ("valkey", b"\xff\xff\xff\xff\n"), ("valkeys", HTTP)]
    {
        let (database, port) = (Database::sqlite(), something_else(response).await);
        let url = format!("{scheme}://doorward:hunter2pw@127.0.0.1:{port}/1");
        let settings =
            [("DOORWARD_SESSION_CACHE", url.as_str()), ("DOORWARD_POLICY", "server-session"), ("DOORWARD_LOG", "warn")];

        let check = run_cli_with(&database, &settings, "config check", b"").await;
        let warnings: Vec<_> = check.stdout.lines().filter(|line| line.contains("session_cache")).collect();
        assert_eq!((check.status, warnings.len()), (0, 1), "{check:?}");
        assert!(
            warnings[0].contains(&format!("127.0.0.1:{port}")) && !warnings[0].contains("hunter2pw"),
            "{warnings:?}"
        );

        let mut server = ServerProcess::start_with(&database, &settings).await;
        let ada = server.log_in(ADA).await.expect("a response");
        assert_eq!(server.me(&ada).await.expect("a response").0, 200);
        assert!(server.get("/readyz").await.starts_with("HTTP/1.1 200"));
        eventually(async || server.get("/metrics").await.contains("doorward_session_cache_up 0\n")).await;
        server.signal("-TERM").await;
        server.exit_status().await;
        let log = server.log().await;
        let lines: Vec<_> = log.lines().filter(|line| line.contains("session cache")).collect();
        assert_eq!(lines.len(), 1, "{log}");
        assert!(lines[0].contains(&format!("127.0.0.1:{port}: ")), "{log}");
        assert!(!log.contains("hunter2pw"), "{log}");
    }
}

#[tokio::test]
async fn the_log_says_once_that_valkey_fails_and_once_that_it_works_again() {
    let (database, valkey) = (Database::sqlite(), ValkeyServer::start().await);
    let url = valkey.url();
    let settings =
        [("DOORWARD_SESSION_CACHE", url.as_str()), ("DOORWARD_POLICY", "server-session"), ("DOORWARD_LOG", "info")];
    let mut server = ServerProcess::start_with(&database, &settings).await;
    let ada = server.log_in(ADA).await.expect("a response");
    let is_up = async |value: &str| {
        assert_eq!(server.me(&ada).await.expect("a response").0, 200);
        server.get("/metrics").await.contains(&format!("doorward_session_cache_up {value}\n"))
    };
    eventually(async || is_up("1").await).await;

    valkey.kill().await;
    eventually(async || is_up("0").await).await;
    for _ in 0..20 {
        assert!(is_up("0").await);
    }
    valkey.start_again().await;
    eventually(async || is_up("1").await).await;

    server.signal("-TERM").await;
    server.exit_status().await;
    let log = server.log().await;
    let lines = |text: &str| log.lines().filter(|line| line.contains("session cache") && line.contains(text)).count();
    assert_eq!((lines("failed; retrying"), lines("recovered")), (1, 1), "{log}");
}

#[tokio::test]
async fn a_malformed_address_stops_the_start_and_names_the_key() {
    let database = Database::sqlite();
    for url in ["http://:hunter2pw@cache", "valkey://:hunter2pw@cache:port", "valkeys://:hunter2pw@cache/#insecure"] {
        let output = run_cli_with(&database, &[("DOORWARD_SESSION_CACHE", url)], "serve", b"").await;
        output.assert_failure(1, "session_cache: ");
        assert!(!output.stderr.contains("hunter2pw"), "{output:?}");
    }
}
