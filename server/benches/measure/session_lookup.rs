//! The cost of looking up the session at each request, as the policy `server-session` does: in the database, and in Valkey
//! beside it.

use std::{
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use crate::{
    Figure, Result,
    client::{Connection, bearer, register, request, requests_per_second},
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
    /// Processor time of the server per request, in microseconds.
    cpu: Vec<f64>,
    /// Sessions read from the database although there is Valkey, per second.
    queries: Vec<f64>,
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
        let (rounds, cpu, queries) = (Vec::new(), Vec::new(), Vec::new());
        Ok(Self { requests: requests.collect(), server, rounds, cpu, queries, _data: data })
    }

    fn measure(&mut self) -> Result<()> {
        let (cpu, looked_up) = (self.server.cpu_time()?, self.looked_up()?);
        let rate = requests_per_second(self.server.address, &self.requests, THREADS, ROUND)?;
        let requests = rate * ROUND.as_secs_f64();
        self.cpu.push((self.server.cpu_time()? - cpu) * 1e3 / requests);
        self.queries.push((self.looked_up()? - looked_up) / ROUND.as_secs_f64());
        self.rounds.push(rate);
        Ok(())
    }

    /// Sessions read from the database, as far as the server counts them: if there is Valkey.
    fn looked_up(&self) -> Result<f64> {
        let mut connection = Connection::open(self.server.address)?;
        let (_, body) = connection.send(&request("GET", "/metrics", "", ""))?;
        let text = str::from_utf8(body)?;
        let misses = text.lines().find_map(|line| line.strip_prefix("doorward_session_cache_misses_total "));
        Ok(misses.ok_or("no such metric")?.parse()?)
    }

    fn row(&self, other: &Self) -> String {
        format!("{:.3} ({:.0}/s), {:.0} µs", self.ratio(other), median(self.rounds.clone()), median(self.cpu.clone()))
    }

    fn ratio(&self, other: &Self) -> f64 {
        median(self.rounds.iter().zip(&other.rounds).map(|(this, that)| this / that).collect())
    }
}

pub(crate) fn measure() -> Result<Vec<Figure>> {
    let server_session = ("DOORWARD_POLICY", "server-session");
    let valkey = Valkey::start()?;
    let cache = ("DOORWARD_SESSION_CACHE", valkey.url.as_str());
    let mut retention = Setup::start("bench-retention", &[])?;
    let mut sqlite = Setup::start("bench-server-session", &[server_session])?;
    let mut sqlite_cached = Setup::start("bench-server-session-cached", &[server_session, cache])?;
    let (mut postgres, mut postgres_cached) = (None, None);
    if let (Some(one), Some(other)) = (database::postgres()?, database::postgres()?) {
        let url = |url| [server_session, ("DOORWARD_DATABASE_URL", url)];
        postgres = Some(Setup::start("bench-postgres", &url(&one))?);
        postgres_cached = Some(Setup::start("bench-postgres-cached", &[&url(&other)[..], &[cache]].concat())?);
    }
    for _ in 0..ROUNDS {
        let setups = [&mut retention, &mut sqlite, &mut sqlite_cached].into_iter();
        for setup in setups.chain(&mut postgres).chain(&mut postgres_cached) {
            setup.measure()?;
        }
    }

    let row = |label, setup: Option<&Setup>| Figure {
        label,
        result: setup.map_or("needs .ci/postgres".into(), |setup| setup.row(&retention)),
        goal: None,
    };
    let cached = |label, setup: Option<&Setup>| Figure {
        goal: setup.map(|setup| ("≥ 0.6", setup.ratio(&retention) >= 0.6)),
        ..row(label, setup)
    };
    let queries = [Some(&sqlite_cached), postgres_cached.as_ref()].into_iter().flatten();
    let queries: Vec<f64> = queries.flat_map(|setup| setup.queries[1..].iter().copied()).collect();
    Ok(vec![
        Figure {
            label: "GET /api/me under retention",
            result: format!("{:.0}/s, {:.0} µs", median(retention.rounds.clone()), median(retention.cpu.clone())),
            goal: None,
        },
        row("  server-session on SQLite ÷ retention", Some(&sqlite)),
        cached("  server-session on SQLite with Valkey ÷ retention", Some(&sqlite_cached)),
        row("  server-session on Postgres ÷ retention", postgres.as_ref()),
        cached("  server-session on Postgres with Valkey ÷ retention", postgres_cached.as_ref()),
        Figure {
            label: "  queries with Valkey, 32 sessions, warm",
            result: format!("{:.0}/s", median(queries)),
            goal: None,
        },
    ])
}

/// Valkey on a TCP port, killed on drop.
struct Valkey {
    child: Child,
    url: String,
}

impl Valkey {
    fn start() -> Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut server = Command::new("valkey-server");
        server.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
        let child = server.stdout(Stdio::null()).spawn().map_err(|error| format!("valkey-server: {error}"))?;
        let valkey = Self { child, url: format!("valkey://127.0.0.1:{port}") };
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            thread::sleep(Duration::from_millis(5));
        }
        Ok(valkey)
    }
}

impl Drop for Valkey {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
