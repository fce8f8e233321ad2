//! What it costs to look the session up at each request, which is what the policy `server-session` does.

use std::time::Duration;

use crate::{
    Figure, Result,
    client::{bearer, register, request, requests_per_second},
    database, median,
    process::{Folder, Server},
};

const CONNECTIONS: usize = 32;
const THREADS: usize = 2;
const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_secs(1);

/// A server, and the requests of people who are logged in there.
struct Place {
    server: Server,
    requests: Vec<Vec<u8>>,
    rounds: Vec<f64>,
    _data: Folder,
}

impl Place {
    fn start(name: &str, settings: &[(&str, &str)]) -> Result<Self> {
        let data = Folder::create(name)?;
        let server = Server::start_with(&data, settings)?;
        let people = register(server.address, CONNECTIONS)?;
        let requests = people.iter().map(|person| {
            let proof = match person.access_token.as_str() {
                "" => format!("cookie: {}\r\n", person.cookie),
                token => bearer(token),
            };
            request("GET", "/api/me", &proof, "")
        });
        Ok(Self { requests: requests.collect(), server, rounds: Vec::new(), _data: data })
    }

    fn measure(&mut self) -> Result<()> {
        self.rounds.push(requests_per_second(self.server.address, &self.requests, THREADS, ROUND)?);
        Ok(())
    }

    fn of(&self, other: &Self) -> String {
        let ratios = self.rounds.iter().zip(&other.rounds).map(|(this, that)| this / that);
        format!("{:.3} ({:.0}/s)", median(ratios.collect()), median(self.rounds.clone()))
    }
}

pub(crate) fn measure() -> Result<Vec<Figure>> {
    let by_look_up = ("DOORWARD_POLICY", "server-session");
    let mut retention = Place::start("bench-retention", &[])?;
    let mut sqlite = Place::start("bench-server-session", &[by_look_up])?;
    let mut postgres = match database::postgres()? {
        Some(url) => Some(Place::start("bench-postgres", &[by_look_up, ("DOORWARD_DATABASE_URL", &url)])?),
        None => None,
    };
    for _ in 0..ROUNDS {
        for place in [&mut retention, &mut sqlite].into_iter().chain(&mut postgres) {
            place.measure()?;
        }
    }

    let looked_up = postgres.map_or("not measured: no Postgres".into(), |postgres| postgres.of(&retention));
    Ok(vec![
        Figure {
            what: "GET /api/me under retention",
            result: format!("{:.0}/s", median(retention.rounds.clone())),
            goal: None,
        },
        Figure { what: "… under server-session on SQLite, of that", result: sqlite.of(&retention), goal: None },
        Figure { what: "… under server-session on Postgres, of that", result: looked_up, goal: None },
    ])
}
