//! Clients that take connections and do nothing with them. `src/http/server/tests.rs` has the timeouts, `make drills` the
//! real ones.

use std::fs;

use crate::support::{Database, ServerProcess, eventually};

#[tokio::test]
async fn the_soft_limit_on_open_files_is_raised_to_the_hard_one() {
    let server = ServerProcess::start_with_open_files(&Database::sqlite(), &[], 64).await;
    let limits = fs::read_to_string(format!("/proc/{}/limits", server.process_id())).expect("limits");
    let line = limits.lines().find(|line| line.starts_with("Max open files")).expect("a limit");
    let [soft, hard] = [3, 4].map(|column| line.split_whitespace().nth(column));
    assert_eq!(soft, hard, "{line}");
}

#[tokio::test]
async fn any_number_of_silent_clients_leaves_room_for_the_next_request() {
    let database = Database::sqlite();
    let settings = [("DOORWARD_MAX_CONNECTIONS", "20"), ("DOORWARD_LOG", "off")];
    let mut server = ServerProcess::start_with(&database, &settings).await;
    server.discard_log();
    let mut silent = Vec::new();
    for _ in 0..60 {
        silent.push(server.connect().await);
    }
    eventually(async || server.get("/healthz").await.starts_with("HTTP/1.1 200")).await;

    let authorization = server.log_in("ada@example.com").await.expect("a login");
    assert_eq!(server.me(&authorization).await.expect("a response").0, 200);
    let metrics = server.get("/metrics").await;
    let evicted = metrics.lines().find_map(|line| {
        line.strip_prefix(r#"doorward_connections_cut_off_total{reason="evicted"} "#)?.parse::<u32>().ok()
    });
    assert!(evicted.is_some_and(|count| count >= 40), "{metrics}");
}

#[tokio::test]
async fn open_streams_leave_connections_for_others() {
    let database = Database::sqlite();
    let mut server = ServerProcess::start_with(&database, &[("DOORWARD_MAX_CONNECTIONS", "20")]).await;
    server.discard_log();
    let mut streams = Vec::new();
    for user in 0..4 {
        let authorization = server.log_in(&format!("user{user}@example.com")).await.expect("a login");
        for _ in 0..4 {
            streams.push(server.open("GET", "/api/sessions/events", &authorization, "").await.expect("a stream"));
        }
    }
    let authorization = server.log_in("ada@example.com").await.expect("a login");
    let (status, head, problem) =
        server.send("GET", "/api/sessions/events", &authorization, "").await.expect("a response");
    assert_eq!((status, problem["code"].as_str()), (503, Some("busy")));
    assert!(head.contains("retry-after: "), "{head}");
    assert!(server.get("/healthz").await.starts_with("HTTP/1.1 200"));

    // Half of the connections are for streams; those of clients that have gone are free again.
    drop(streams);
    eventually(async || {
        let response = server.get("/metrics").await;
        response.lines().any(|line| line == "doorward_event_streams 0")
    })
    .await;
}
