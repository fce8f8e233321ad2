//! The cost of looking up the session at each request, as the policy `server-session` does.

use std::time::Duration;

use crate::{
    Figure, Result,
    client::{bearer, register, request, requests_per_second},
    database, median,
    server_process::{Server, TempFolder},
};

const CONNECTIONS: usize = 32;
const THREADS: usize = 2;
const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_secs(1);

/// A server and the requests of its logged-in users.
struct Setup {
    server: Server,
    requests: Vec<Vec<u8>>,
    rounds: Vec<f64>,
    _data: TempFolder,
}

impl Setup {
    fn start(name: &str, settings: &[(&str, &str)]) -> Result<Self> {
        let data = TempFolder::create(name)?;
        let server = Server::start_with(&data, settings)?;
        let users = register(server.address, CONNECTIONS)?;
        let requests = users.iter().map(|user| {
            let authorization = match user.access_token.as_str() {
                "" => format!("cookie: {}\r\n", user.cookie),
                token => bearer(token),
            };
            request("GET", "/api/me", &authorization, "")
        });
        Ok(Self { requests: requests.collect(), server, rounds: Vec::new(), _data: data })
    }

    fn measure(&mut self) -> Result<()> {
        self.rounds.push(requests_per_second(self.server.address, &self.requests, THREADS, ROUND)?);
        Ok(())
    }

    fn ratio_to(&self, other: &Self) -> String {
        let ratios = self.rounds.iter().zip(&other.rounds).map(|(this, that)| this / that);
        format!("{:.3} ({:.0}/s)", median(ratios.collect()), median(self.rounds.clone()))
    }
}

pub(crate) fn measure() -> Result<Vec<Figure>> {
    let server_session = ("DOORWARD_POLICY", "server-session");
    let mut retention = Setup::start("bench-retention", &[])?;
    let mut sqlite = Setup::start("bench-server-session", &[server_session])?;
    let mut postgres = match database::postgres()? {
        Some(url) => Some(Setup::start("bench-postgres", &[server_session, ("DOORWARD_DATABASE_URL", &url)])?),
        None => None,
    };
    for _ in 0..ROUNDS {
        for setup in [&mut retention, &mut sqlite].into_iter().chain(&mut postgres) {
            setup.measure()?;
        }
    }

    let on_postgres = postgres.map_or("needs .ci/postgres".into(), |postgres| postgres.ratio_to(&retention));
    Ok(vec![
        Figure {
            label: "GET /api/me under retention",
            result: format!("{:.0}/s", median(retention.rounds.clone())),
            goal: None,
        },
        Figure { label: "  server-session on SQLite ÷ retention", result: sqlite.ratio_to(&retention), goal: None },
        Figure { label: "  server-session on Postgres ÷ retention", result: on_postgres, goal: None },
    ])
}
