//! `doorward health`: exit status and one line, for containers.

use test_macros::app_test;

use crate::support::{Database, Output, PolicyName, ServerProcess, TestApp, run_cli_with};

async fn health(database: &Database, listen: &str) -> Output {
    run_cli_with(database, &[("DOORWARD_LISTEN", listen)], "health", b"").await
}

#[app_test]
async fn a_server_is_healthy_while_a_login_would_succeed(app: TestApp) {
    let server = ServerProcess::start(app.database(), PolicyName::Retention).await;
    let (address, port) = (server.address().to_string(), server.address().port());
    assert_eq!(health(app.database(), &address).await.assert_success(), "ready\n");
    // Inside of a container, the server listens on all addresses.
    health(app.database(), &format!("0.0.0.0:{port}")).await.assert_success();

    app.database().break_table("attempts").await;

    // Within a second, readiness is as it was.
    crate::support::eventually(async || health(app.database(), &address).await.status == 1).await;
    health(app.database(), &address).await.assert_failure(1, &format!("not ready: {address} responds with 503"));
    app.database().repair_table("attempts").await;
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_is_not_healthy() {
    let database = Database::sqlite();
    let mut server = ServerProcess::start(&database, PolicyName::Retention).await;
    let address = server.address().to_string();
    server.signal("-TERM").await;
    assert!(server.exit_status().await.success());

    health(&database, &address).await.assert_failure(1, &format!("not ready: {address}: Connection refused"));
    health(&database, "127.0.0.1:0").await.assert_failure(1, "listen: has port 0");
    run_cli_with(&database, &[("DOORWARD_POLICY", "none")], "health", b"").await.assert_failure(1, "policy: ");
}

#[tokio::test]
async fn a_server_that_does_not_respond_is_not_healthy() {
    let database = Database::sqlite();
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = silent.local_addr().expect("an address").to_string();
    health(&database, &address).await.assert_failure(1, "no response within 4 s");
}
