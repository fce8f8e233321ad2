//! The lag between a revocation on one node and its effect on another.

use std::{
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    Figure, Result,
    client::{Connection, bearer, register, request},
    database,
    server_process::{Server, TempFolder},
};

const REVOCATIONS: usize = 300;

pub(crate) fn measure() -> Result<Vec<Figure>> {
    let label = "Revocation lag to another node, from response";
    let Some(url) = database::postgres()? else {
        return Ok(vec![Figure { label, result: "needs .ci/postgres".into(), goal: None }]);
    };
    let data = TempFolder::create("bench-lag")?;
    // Both nodes need the same issuer, and share the master secret in the folder.
    let settings = [("DOORWARD_DATABASE_URL", url.as_str()), ("DOORWARD_PUBLIC_URL", "http://localhost:3000")];
    let node = Server::start_with(&data, &settings)?;
    let other = Server::start_with(&data, &settings)?;
    let laptop = register(node.address, 1)?.pop().ok_or("no user")?;

    let mut lags = Vec::new();
    for _ in 0..REVOCATIONS {
        let (session, token) = log_in(node.address, &laptop.login)?;
        lags.push(lag(&node, &other, &laptop.access_token, &session, &token)?.as_secs_f64() * 1000.0);
    }
    lags.sort_by(f64::total_cmp);
    let (median, p99) = (lags[lags.len() / 2], lags[lags.len() * 99 / 100]);
    Ok(vec![
        Figure { label, result: format!("{median:.1} ms"), goal: None },
        Figure {
            label: "  p99",
            result: format!("{p99:.1} ms (max {:.1})", lags[lags.len() - 1]),
            goal: Some(("≤ 1 s", p99 <= 1000.0)),
        },
    ])
}

/// Session id and access token of another login.
fn log_in(address: SocketAddr, login: &[u8]) -> Result<(String, String)> {
    let mut connection = Connection::open(address)?;
    let token_response: Value = serde_json::from_slice(connection.send(login)?.1)?;
    let text = |value: &Value| value.as_str().map(str::to_owned).ok_or("no token response");
    Ok((text(&token_response["session"]["id"])?, text(&token_response["access_token"])?))
}

fn lag(node: &Server, other: &Server, laptop: &str, session: &str, token: &str) -> Result<Duration> {
    let me = request("GET", "/api/me", &bearer(token), "");
    let revoke = request("DELETE", &format!("/api/sessions/{session}"), &bearer(laptop), "");
    let mut connection = Connection::open(other.address)?;
    connection.send(&me)?;
    thread::scope(|scope| {
        let poller = scope.spawn(move || -> Result<Instant> {
            let start = Instant::now();
            while start.elapsed() < Duration::from_secs(10) {
                match connection.send(&me) {
                    // Leaves the processor to the servers.
                    Ok(_) => thread::sleep(Duration::from_micros(100)),
                    Err(error) if error.to_string().contains("session_ended") => return Ok(Instant::now()),
                    Err(error) => return Err(error),
                }
            }
            Err("not revoked within ten seconds".into())
        });
        Connection::open(node.address)?.send(&revoke)?;
        let responded = Instant::now();
        let rejected = poller.join().map_err(|_| "the poller panicked")??;
        // Zero if the other node was faster than the response.
        Ok(rejected.saturating_duration_since(responded))
    })
}
