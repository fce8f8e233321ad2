//! How long a session that is ended on one node lives on, on another.

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
    process::{Folder, Server},
};

const REVOKES: usize = 300;

pub(crate) fn measure() -> Result<Vec<Figure>> {
    let what = "From a revoke's answer until another node refuses";
    let Some(url) = database::postgres()? else {
        return Ok(vec![Figure { what, result: "needs .ci/postgres".into(), goal: None }]);
    };
    let data = Folder::create("bench-lag")?;
    // One issuer for both, and one master secret, in the folder.
    let settings = [("DOORWARD_DATABASE_URL", url.as_str()), ("DOORWARD_PUBLIC_URL", "http://localhost:3000")];
    let here = Server::start_with(&data, &settings)?;
    let there = Server::start_with(&data, &settings)?;
    let laptop = register(here.address, 1)?.pop().ok_or("nobody")?;

    let mut lags = Vec::new();
    for _ in 0..REVOKES {
        let (session, token) = log_in(here.address, &laptop.login)?;
        lags.push(lag(&here, &there, &laptop.access_token, &session, &token)?.as_secs_f64() * 1000.0);
    }
    lags.sort_by(f64::total_cmp);
    let (median, p99) = (lags[lags.len() / 2], lags[lags.len() * 99 / 100]);
    Ok(vec![
        Figure { what, result: format!("{median:.1} ms"), goal: None },
        Figure {
            what: "  p99",
            result: format!("{p99:.1} ms (most {:.1})", lags[lags.len() - 1]),
            goal: Some(("≤ 1 s", p99 <= 1000.0)),
        },
    ])
}

/// The session and the access token of one more login.
fn log_in(address: SocketAddr, login: &[u8]) -> Result<(String, String)> {
    let mut connection = Connection::open(address)?;
    let grant: Value = serde_json::from_slice(connection.send(login)?.1)?;
    let text = |value: &Value| value.as_str().map(str::to_owned).ok_or("no grant");
    Ok((text(&grant["session"]["id"])?, text(&grant["access_token"])?))
}

fn lag(here: &Server, there: &Server, laptop: &str, session: &str, token: &str) -> Result<Duration> {
    let me = request("GET", "/api/me", &bearer(token), "");
    let revoke = request("DELETE", &format!("/api/sessions/{session}"), &bearer(laptop), "");
    let mut other = Connection::open(there.address)?;
    other.send(&me)?;
    thread::scope(|scope| {
        let refused = scope.spawn(move || -> Result<Instant> {
            let begin = Instant::now();
            while begin.elapsed() < Duration::from_secs(10) {
                match other.send(&me) {
                    // Others want the processor, too.
                    Ok(_) => thread::sleep(Duration::from_micros(100)),
                    Err(refusal) if refusal.to_string().contains("session_ended") => return Ok(Instant::now()),
                    Err(error) => return Err(error),
                }
            }
            Err("not within ten seconds".into())
        });
        Connection::open(here.address)?.send(&revoke)?;
        let answered = Instant::now();
        let refused = refused.join().map_err(|_| "the poller panicked")??;
        // Heard before the answer was read: no lag.
        Ok(refused.saturating_duration_since(answered))
    })
}
