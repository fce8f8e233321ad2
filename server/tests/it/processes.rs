//! The server as a process: what a signal does to it, and what it remembers.

use std::{process::ExitStatus, time::Duration};

use futures::future::join_all;
use serde_json::Value;
use tokio::io::AsyncReadExt;

use crate::fixture::{Database, Server, bearer};

async fn stops(server: &mut Server) -> ExitStatus {
    let stopped = tokio::time::timeout(Duration::from_secs(5), server.child.wait());
    stopped.await.expect("it stops soon").expect("a status")
}

#[tokio::test]
async fn a_stop_waits_for_no_open_stream() {
    let database = Database::sqlite();
    let mut server = Server::start(&database).await;
    let grant = server.log_in("ada@example.com").await.expect("logged in");
    let mut stream = server.open("GET", "/api/sessions/events", &bearer(&grant), "").await.expect("a stream");
    let mut head = [0; 15];
    stream.read_exact(&mut head).await.expect("the head comes before any event");
    assert_eq!(&head, b"HTTP/1.1 200 OK");

    server.signal("-TERM").await;

    assert!(stops(&mut server).await.success());
    let mut rest = String::new();
    stream.read_to_string(&mut rest).await.expect("an end in order");
    assert!(!rest.contains("session-ended"), "{rest}");
}

/// Logs in and ends sessions until the server is gone. The grants, each with whether its end was acknowledged; an end
/// that was asked for and not answered may have happened or not, and is left out.
async fn come_and_go(server: &Server, who: usize) -> Vec<(Value, bool)> {
    let mut known = Vec::new();
    for round in 0.. {
        let Some(grant) = server.log_in(&format!("person{who}@example.com")).await else { break };
        if round % 2 == 0 {
            match server.ask("POST", "/api/auth/logout", &bearer(&grant), "").await {
                Some((204, _)) => known.push((grant, true)),
                _ => break,
            }
        } else {
            known.push((grant, false));
        }
    }
    known
}

async fn f1(database: Database) {
    for _ in 0..3 {
        let mut server = Server::start(&database).await;
        let load = join_all((0..8).map(|who| come_and_go(&server, who)));
        let kill = async {
            tokio::time::sleep(Duration::from_millis(700)).await;
            server.signal("-KILL").await;
        };
        let (known, ()) = futures::future::join(load, kill).await;
        server.child.wait().await.expect("killed");

        let server = Server::start(&database).await;
        let known: Vec<_> = known.into_iter().flatten().collect();
        assert!(known.len() > 20, "a load of {}", known.len());
        for (grant, has_ended) in known {
            let (status, body) = server.me(&grant).await.expect("an answer");
            // Beyond fifty live sessions of one person the oldest have ended.
            let replaced = body["reason"] == "replaced";
            assert_eq!(status, if has_ended || replaced { 401 } else { 200 }, "{body}");
        }
        // No session without its login, no end without its event, and none twice.
        for (what, count) in [
            ("sessions s where not exists (select 1 from users u where u.user_id = s.user_id)", "0"),
            (
                "sessions s where 1 <> (select count(*) from events e \
                 where e.session_id = s.session_id and e.kind = 'logged_in')",
                "0",
            ),
            (
                "sessions s where (case when s.ended_at is null then 0 else 1 end) <> (select count(*) from events e \
                 where e.session_id = s.session_id and e.kind = 'session_ended')",
                "0",
            ),
        ] {
            assert_eq!(database.value(format!("select count(*) from {what}")).await, count, "{what}");
        }
    }
}

#[tokio::test]
async fn f1_what_was_acknowledged_survives_a_kill_on_sqlite() {
    f1(Database::sqlite()).await;
}

#[tokio::test]
async fn f1_what_was_acknowledged_survives_a_kill_on_postgres() {
    f1(Database::postgres().await).await;
}
