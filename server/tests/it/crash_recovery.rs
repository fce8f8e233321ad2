//! A killed server process loses nothing that it has acknowledged.

use std::{cell::Cell, time::Duration};

use futures::future::{join, join_all};
use test_macros::app_test;

use crate::support::{PolicyName, ServerProcess, TestApp};

/// This many logins and logouts are acknowledged before the server is killed.
const LOAD: usize = 25;

/// Logs in and out until the server is gone. Returns the authorization of each session, and whether its logout was
/// acknowledged. A logout without a response may have happened or not, so its session is left out.
async fn log_in_and_out_until_killed(
    server: &ServerProcess,
    user: usize,
    acknowledged: &Cell<usize>,
) -> Vec<(String, bool)> {
    let mut sessions = Vec::new();
    for round in 0.. {
        let Some(authorization) = server.log_in(&format!("user{user}@example.com")).await else { break };
        if round % 2 == 0 {
            match server.send("POST", "/api/auth/logout", &authorization, "").await {
                Some((204, ..)) => sessions.push((authorization, true)),
                _ => break,
            }
        } else {
            sessions.push((authorization, false));
        }
        acknowledged.set(acknowledged.get() + 1);
    }
    sessions
}

#[app_test(each_policy)]
async fn acknowledged_logins_and_logouts_survive_a_kill(app: TestApp) {
    let (database, policy) = (app.database(), app.policy());
    // All policies store their sessions in the same way.
    for _ in 0..if policy == PolicyName::Retention { 3 } else { 1 } {
        let mut server = ServerProcess::start(database, policy).await;
        let acknowledged = Cell::new(0);
        let load = join_all((0..8).map(|user| log_in_and_out_until_killed(&server, user, &acknowledged)));
        let kill = async {
            // In the middle of the load on any machine.
            while acknowledged.get() < LOAD {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            server.signal("-KILL").await;
        };
        let (sessions, ()) = join(load, kill).await;
        server.exit_status().await;

        let server = ServerProcess::start(database, policy).await;
        let sessions: Vec<_> = sessions.into_iter().flatten().collect();
        assert!(sessions.len() >= LOAD, "a load of {}", sessions.len());
        for (authorization, has_ended) in sessions {
            let (status, body) = server.me(&authorization).await.expect("a response");
            // Beyond fifty live sessions of one user, the oldest are replaced.
            let is_replaced = body["reason"] == "replaced";
            assert_eq!(status, if has_ended || is_replaced { 401 } else { 200 }, "{body}");
        }
        // Every session has its login event, every ended session exactly one event of its end.
        for (inconsistent, count) in [
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
            let query = format!("select count(*) from {inconsistent}");
            assert_eq!(database.value(query).await, count, "{inconsistent}");
        }
    }
}
