//! What a request pays for the sessions that are revoked: nothing that can be measured, it should be.

use std::time::Duration;

use server::clock::Clock;

use crate::{
    Figure, Result,
    client::{Connection, bearer, register, request, requests_per_second},
    database, median,
    process::{Folder, Server},
};

const CONNECTIONS: usize = 32;
const THREADS: usize = 2;
const ROUNDS: usize = 15;
const ROUND: Duration = Duration::from_millis(700);

pub(crate) fn measure() -> Result<Vec<Figure>> {
    let (data, full_data) = (Folder::create("bench-none-revoked")?, Folder::create("bench-revoked")?);
    let none = Server::start(&data)?;
    // The issuer of tokens, which must not change with the port.
    let settings = [("DOORWARD_PUBLIC_URL", "http://localhost:3000")];
    let before = Server::start_with(&full_data, &settings)?;
    let full_me = me(&before)?;
    drop(before);
    fill(&full_data)?;
    let full = Server::start_with(&full_data, &settings)?;
    let mut connection = Connection::open(full.address)?;
    let (_, metrics) = connection.send(&request("GET", "/metrics", "", ""))?;
    if !str::from_utf8(metrics)?.contains("doorward_revoked_sessions 100000") {
        return Err("the server does not know of the revoked sessions".into());
    }

    let none_me = me(&none)?;
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let full = requests_per_second(full.address, &full_me, THREADS, ROUND)?;
        let none = requests_per_second(none.address, &none_me, THREADS, ROUND)?;
        rounds.push((full, none));
    }
    let ratio = median(rounds.iter().map(|(full, none)| full / none).collect());
    Ok(vec![Figure {
        what: "GET /api/me beside 100,000 revoked sessions, of none",
        result: format!("{ratio:.3} ({:.0}/s)", median(rounds.iter().map(|(full, _)| *full).collect())),
        goal: Some(("≥ 0.95", ratio >= 0.95)),
    }])
}

/// People, each asking who they are.
fn me(server: &Server) -> Result<Vec<Vec<u8>>> {
    let people = register(server.address, CONNECTIONS)?;
    Ok(people.iter().map(|person| request("GET", "/api/me", &bearer(&person.access_token), "")).collect())
}

/// A hundred thousand sessions that were revoked over the last ten minutes.
fn fill(data: &Folder) -> Result<()> {
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
