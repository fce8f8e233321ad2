//! The cost of sessions: the revocation set, session-end streams and session lists; and the lag between nodes.

use std::{
    hint::black_box,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use doorward_api::EndReason;
use server::{
    clock::{Clock, Moment},
    model::device::Device,
    model::user::UserId,
    model::{
        session::{MAX_SESSIONS, SessionId},
        session_end::{EndedSession, SessionEnd},
    },
    revocation::set::Revocations,
    revocation::subscribers::Subscribers,
    valkey::Valkey,
};

use crate::{
    Figure, Result,
    client::{Connection, User, bearer, register, request, requests_per_second},
    median, revocation_lag, revoked_sessions,
    server_process::{Server, TempFolder, own_memory},
};

/// Ten thousand streams: each user may have twenty.
const USERS: usize = 500;
const TABS: usize = 20;

const REVOKED: u32 = 100_000;

const CONNECTIONS: usize = 8;
const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_secs(1);

pub(crate) fn measure() -> Result<Vec<Figure>> {
    let (revoked, empty, full) = revocation_set()?;
    let stream = streams()?;
    let slower = full / empty;
    let mut figures = revocation_lag::measure()?;
    figures.extend(revoked_sessions::measure()?);
    figures.push(list()?);
    figures.extend([
        Figure { label: "Memory per open session-end stream", result: format!("{stream:.1} kB"), goal: None },
        Figure { label: "Memory per revoked session", result: format!("{revoked:.0} bytes"), goal: None },
        Figure {
            label: "Lookup among 100,000 revoked sessions",
            result: format!("{full:.0} ns, {slower:.1} × empty set"),
            goal: None,
        },
    ]);
    Ok(figures)
}

/// A list of fifty sessions, in turns with a list of one.
fn list() -> Result<Figure> {
    let data = TempFolder::create("bench-list")?;
    let server = Server::start(&data)?;
    let users = register(server.address, 2)?;
    let mut connection = Connection::open(server.address)?;
    for _ in 1..MAX_SESSIONS {
        connection.send(&users[0].login)?;
    }
    let lists = |user: &User| vec![request("GET", "/api/sessions", &bearer(&user.access_token), ""); CONNECTIONS];
    let (fifty, one) = (lists(&users[0]), lists(&users[1]));

    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let measure = |requests| requests_per_second(server.address, requests, 2, ROUND);
        rounds.push((measure(&fifty)?, measure(&one)?));
    }
    let median = |of: fn(&(f64, f64)) -> f64| median(rounds.iter().map(of).collect());
    Ok(Figure {
        label: "GET /api/sessions, 50 sessions and 1",
        result: format!("{:.0}/s, {:.0}/s", median(|round| round.0), median(|round| round.1)),
        goal: None,
    })
}

/// The memory of each open stream, in kilobytes.
fn streams() -> Result<f64> {
    let data = TempFolder::create("bench-sessions")?;
    let server = Server::start(&data)?;
    let users = register(server.address, USERS)?;
    // The hashing workers release their memory.
    thread::sleep(Duration::from_secs(6));
    let before = server.memory()?;
    let mut open = Vec::new();
    for user in &users {
        let open_stream = request("GET", "/api/sessions/events", &bearer(&user.access_token), "");
        for _ in 0..TABS {
            let mut stream = Connection::open(server.address)?;
            stream.send(&open_stream)?;
            open.push(stream);
        }
    }
    let growth = server.memory()? - before;
    Ok(growth * 1e3 / f64::from(u32::try_from(open.len())?))
}

/// The memory of a revoked session in bytes, and the time of a lookup in the empty and in the full set in nanoseconds.
fn revocation_set() -> Result<(f64, f64, f64)> {
    let id = |number: u32| format!("{number:032x}");
    let device = || Device { browser: "Firefox".into(), os: "Linux".into() };
    let revocations =
        Revocations::new(Subscribers::new(usize::MAX), Valkey::default(), Arc::default(), Clock::system());
    let live: Vec<_> = (REVOKED..2 * REVOKED).map(|number| SessionId(id(number))).collect();
    let lookup_time = || {
        let start = Instant::now();
        for session_id in &live {
            black_box(revocations.check(session_id));
        }
        start.elapsed().as_secs_f64() * 1e9 / f64::from(REVOKED)
    };
    let empty = lookup_time();
    let before = own_memory()?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(revocations.add((0..REVOKED).map(|number| EndedSession {
        session_id: SessionId(id(number)),
        user_id: UserId(id(number)),
        expires_at: Moment(0),
        end: SessionEnd { reason: EndReason::Revoked, at: Some(Moment(0)), by: Some(device()) },
        leaves_tokens: true,
        rotated_to: None,
        credential_hash: None,
    })));
    let bytes = (own_memory()? - before) * 1e6 / f64::from(REVOKED);
    Ok((bytes, empty, lookup_time()))
}
