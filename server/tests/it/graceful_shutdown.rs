//! `SIGTERM`: the server completes what is running, closes its streams and exits.

use std::time::Duration;

use futures::future::{join, join_all};
use test_macros::app_test;
use tokio::io::AsyncReadExt;

use crate::support::{Database, Forgery, PolicyName, ServerProcess, TestApp};

const ADA: &str = "ada@example.com";

#[app_test(each_policy)]
async fn a_shutdown_closes_open_streams(app: TestApp) {
    let mut server = ServerProcess::start(app.database(), app.policy()).await;
    let authorization = server.log_in(ADA).await.expect("a login");
    let mut stream = server.open("GET", "/api/sessions/events", &authorization, "").await.expect("a stream");
    let mut head = [0; 15];
    stream.read_exact(&mut head).await.expect("the head comes before any event");
    assert_eq!(&head, b"HTTP/1.1 200 OK");

    server.signal("-TERM").await;

    assert!(server.exit_status().await.success());
    let mut rest = String::new();
    stream.read_to_string(&mut rest).await.expect("the stream is closed properly");
    assert!(!rest.contains("session-ended"), "{rest}");
}

#[tokio::test]
async fn a_shutdown_answers_waiting_polls_of_the_revocation_feed() {
    let database = Database::sqlite();
    let mut server = ServerProcess::start(&database, PolicyName::Retention).await;
    let authorization = server.log_in(ADA).await.expect("a login");
    server.send("POST", "/api/auth/logout", &authorization, "").await.expect("a response");
    let page = server.get("/.well-known/revocations").await;
    let claims = Forgery::of(page.rsplit("\r\n").next().expect("a body")).claims;
    let path = format!("/.well-known/revocations?after={}", claims["cursor"].as_str().expect("a cursor"));
    let polls = (0..3).map(|_| server.get(&path));

    let shutdown = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        server.signal("-TERM").await;
    };
    let (responses, ()) = join(join_all(polls), shutdown).await;

    for response in responses {
        assert!(response.starts_with("HTTP/1.1 200 OK"), "{response}");
    }
    assert!(server.exit_status().await.success());
}
