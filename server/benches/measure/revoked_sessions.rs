//! The cost of a large revocation set for each request, which should not be measurable.

use std::time::Duration;

use server::clock::Clock;

use crate::{
    Figure, Result,
    client::{Connection, bearer, register, request, requests_per_second},
    database, median,
    server_process::{Server, TempFolder},
};

const CONNECTIONS: usize = 32;
const THREADS: usize = 2;
const ROUNDS: usize = 15;
const ROUND: Duration = Duration::from_millis(700);

pub(crate) fn measure() -> Result<Vec<Figure>> {
    let (empty_data, full_data) = (TempFolder::create("bench-none-revoked")?, TempFolder::create("bench-revoked")?);
    let empty = Server::start(&empty_data)?;
    // The issuer of tokens must not change with the port.
    let settings = [("DOORWARD_PUBLIC_URL", "http://localhost:3000")];
    let before = Server::start_with(&full_data, &settings)?;
    let full_me = me(&before)?;
    drop(before);
    fill(&full_data)?;
    let full = Server::start_with(&full_data, &settings)?;
    let mut connection = Connection::open(full.address)?;
    let (_, metrics) = connection.send(&request("GET", "/metrics", "", ""))?;
    if !str::from_utf8(metrics)?.contains("doorward_revoked_sessions 100000") {
        return Err("the server has not loaded the revoked sessions".into());
    }

    let empty_me = me(&empty)?;
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let full = requests_per_second(full.address, &full_me, THREADS, ROUND)?;
        let empty = requests_per_second(empty.address, &empty_me, THREADS, ROUND)?;
        rounds.push((full, empty));
    }
    let ratio = median(rounds.iter().map(|(full, empty)| full / empty).collect());
    Ok(vec![Figure {
        label: "GET /api/me, 100,000 revoked sessions ÷ none",
        result: format!("{ratio:.3} ({:.0}/s)", median(rounds.iter().map(|(full, _)| *full).collect())),
        goal: Some(("≥ 0.95", ratio >= 0.95)),
    }])
}

/// One request for each user.
fn me(server: &Server) -> Result<Vec<Vec<u8>>> {
    let users = register(server.address, CONNECTIONS)?;
    Ok(users.iter().map(|user| request("GET", "/api/me", &bearer(&user.access_token), "")).collect())
}

/// Inserts 100,000 sessions that were revoked over the last ten minutes.
fn fill(data: &TempFolder) -> Result<()> {
    let now = Clock::system().now().0;
    let path = data.path().join("data/doorward.db");
    let rows = format!(
        "with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 100000) \
         insert into sessions (session_id, user_id, policy, browser, os, ip, created_at, last_used_at, expires_at, \
                               ended_at, end_reason, ended_by_browser, ended_by_os) \
         select printf('%032x', n), (select user_id from users limit 1), 'retention', 'Firefox', 'Linux', '127.0.0.1', \
                {now} - 3600000, {now} - 3600000, {now} + 3600000, {now} - 20000 - n * 6, 'revoked', 'Firefox', 'Linux' \
         from numbers"
    );
    database::execute(&format!("sqlite://{}", path.display()), rows)
}
