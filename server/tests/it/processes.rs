//! The server as a process: what a signal does to it, and what it remembers.

use std::{cell::Cell, process::ExitStatus, time::Duration};

use doorward_api::PolicyName;
use futures::future::join_all;
use macro_rules_attribute::apply;
use tokio::io::AsyncReadExt;

use crate::fixture::Server;

async fn stops(server: &mut Server) -> ExitStatus {
    let stopped = tokio::time::timeout(Duration::from_secs(5), server.child.wait());
    stopped.await.expect("it stops soon").expect("a status")
}

#[apply(under_each_policy!)]
async fn a_stop_waits_for_no_open_stream(app: TestApp) {
    let mut server = Server::start(app.database(), app.policy()).await;
    let proof = server.log_in("ada@example.com").await.expect("logged in");
    let mut stream = server.open("GET", "/api/sessions/events", &proof, "").await.expect("a stream");
    let mut head = [0; 15];
    stream.read_exact(&mut head).await.expect("the head comes before any event");
    assert_eq!(&head, b"HTTP/1.1 200 OK");

    server.signal("-TERM").await;

    assert!(stops(&mut server).await.success());
    let mut rest = String::new();
    stream.read_to_string(&mut rest).await.expect("an end in order");
    assert!(!rest.contains("session-ended"), "{rest}");
}

/// So many logins and ends are acknowledged before the server is killed.
const LOAD: usize = 25;

/// Logs in and ends sessions until the server is gone. What proves each session, and whether its end was
/// acknowledged; an end that was asked for and not answered may have happened or not, and is left out.
async fn come_and_go(server: &Server, who: usize, acknowledged: &Cell<usize>) -> Vec<(String, bool)> {
    let mut known = Vec::new();
    for round in 0.. {
        let Some(proof) = server.log_in(&format!("person{who}@example.com")).await else { break };
        if round % 2 == 0 {
            match server.ask("POST", "/api/auth/logout", &proof, "").await {
                Some((204, ..)) => known.push((proof, true)),
                _ => break,
            }
        } else {
            known.push((proof, false));
        }
        acknowledged.set(acknowledged.get() + 1);
    }
    known
}

#[apply(under_each_policy!)]
async fn f1_what_was_acknowledged_survives_a_kill(app: TestApp) {
    let (database, policy) = (app.database(), app.policy());
    // The policies store alike.
    for _ in 0..if policy == PolicyName::Retention { 3 } else { 1 } {
        let mut server = Server::start(database, policy).await;
        let acknowledged = Cell::new(0);
        let load = join_all((0..8).map(|who| come_and_go(&server, who, &acknowledged)));
        let kill = async {
            // In the middle of it, however fast the machine is.
            while acknowledged.get() < LOAD {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            server.signal("-KILL").await;
        };
        let (known, ()) = futures::future::join(load, kill).await;
        server.child.wait().await.expect("killed");

        let server = Server::start(database, policy).await;
        let known: Vec<_> = known.into_iter().flatten().collect();
        assert!(known.len() >= LOAD, "a load of {}", known.len());
        for (proof, has_ended) in known {
            let (status, body) = server.me(&proof).await.expect("an answer");
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
