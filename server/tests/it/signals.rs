//! Signals: some stop the server in order, the others do not end it.

use std::time::Duration;

use test_macros::app_test;
use tokio::io::AsyncReadExt;

use crate::support::{Database, PolicyName, ServerProcess, TestApp};

const ADA: &str = "ada@example.com";

#[app_test]
async fn a_server_survives_signals_that_do_not_mean_to_stop_it(app: TestApp) {
    let mut server = ServerProcess::start(app.database(), PolicyName::Retention).await;
    let ada = server.log_in(ADA).await.expect("a login");

    for signal in
        ["-HUP", "-USR1", "-USR2", "-ALRM", "-XFSZ", "-PIPE", "-VTALRM", "-PROF", "-IO", "-STKFLT", "-34", "-50", "-64"]
    {
        server.signal(signal).await;
        assert_eq!(server.me(&ada).await.expect(signal).0, 200, "{signal}");
    }

    server.signal("-TERM").await;
    assert!(server.exit_status().await.success());
}

#[tokio::test]
async fn each_signal_to_stop_ends_the_server_in_order() {
    let database = Database::sqlite();
    for signal in ["-TERM", "-INT", "-QUIT", "-PWR", "-XCPU"] {
        let mut server = ServerProcess::start(&database, PolicyName::Retention).await;
        let ada = server.log_in(ADA).await.expect("a login");
        let mut stream = server.open("GET", "/api/sessions/events", &ada, "").await.expect("a stream");
        let mut head = [0; 15];
        stream.read_exact(&mut head).await.expect("the head comes before any event");

        server.signal(signal).await;

        assert!(server.exit_status().await.success(), "{signal}");
        stream.read_to_string(&mut String::new()).await.expect("the stream is closed properly");
    }
}

/// The grace period is longer than the test waits for the exit.
#[tokio::test]
async fn a_second_signal_to_stop_ends_the_grace_period() {
    let database = Database::sqlite();
    let mut server = ServerProcess::start(&database, PolicyName::Retention).await;
    let unfinished = "content-length: 20\r\n";
    let request = format!(
        "POST /api/auth/login HTTP/1.1\r\nhost: doorward\r\ncontent-type: application/json\r\n{unfinished}\r\n{{"
    );
    let _stream = server.open_raw(&request).await.expect("a connection");
    // The server has to have read the head of the request.
    tokio::time::sleep(Duration::from_millis(300)).await;

    server.signal("-TERM").await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    server.signal("-TERM").await;

    assert!(server.exit_status().await.success());
}
