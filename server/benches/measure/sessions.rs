//! What sessions cost: ended ones that are remembered, streams that wait, lists; and the lag between nodes.

use std::{
    hint::black_box,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use doorward_api::EndReason;
use server::{
    clock::{Clock, Moment},
    device::Device,
    open_tabs::OpenTabs,
    revocation::Revocations,
    session::{End, Ended, MOST_SESSIONS, SessionId},
    user::UserId,
};

use crate::{
    Figure, Result,
    client::{Connection, Person, bearer, register, request, requests_per_second},
    lag, median,
    process::{Folder, Server, own_memory},
    revoked,
};

/// Ten thousand streams: each person may have twenty.
const PEOPLE: usize = 500;
const TABS: usize = 20;

const REVOKED: u32 = 100_000;

const CONNECTIONS: usize = 8;
const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_secs(1);

pub(crate) fn measure() -> Result<Vec<Figure>> {
    let (revoked, empty, full) = set()?;
    let stream = streams()?;
    let slower = full / empty;
    let mut figures = lag::measure()?;
    figures.extend(revoked::measure()?);
    figures.push(list()?);
    figures.extend([
        Figure { what: "Memory of an open stream of events", result: format!("{stream:.1} kB"), goal: None },
        Figure { what: "Memory of a revoked session", result: format!("{revoked:.0} bytes"), goal: None },
        Figure {
            what: "Looking a session up among 100,000 revoked ones",
            result: format!("{full:.0} ns, {slower:.1} × an empty set"),
            goal: None,
        },
    ]);
    Ok(figures)
}

/// The list of fifty sessions, in turns with the list of one.
fn list() -> Result<Figure> {
    let data = Folder::create("bench-list")?;
    let server = Server::start(&data)?;
    let people = register(server.address, 2)?;
    let mut connection = Connection::open(server.address)?;
    for _ in 1..MOST_SESSIONS {
        connection.send(&people[0].login)?;
    }
    let ask = |person: &Person| vec![request("GET", "/api/sessions", &bearer(&person.access_token), ""); CONNECTIONS];
    let (fifty, one) = (ask(&people[0]), ask(&people[1]));

    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let measure = |requests| requests_per_second(server.address, requests, 2, ROUND);
        rounds.push((measure(&fifty)?, measure(&one)?));
    }
    let median = |of: fn(&(f64, f64)) -> f64| median(rounds.iter().map(of).collect());
    Ok(Figure {
        what: "GET /api/sessions of fifty, and of one",
        result: format!("{:.0}/s, {:.0}/s", median(|round| round.0), median(|round| round.1)),
        goal: None,
    })
}

/// The kilobytes that the server grows by with each stream.
fn streams() -> Result<f64> {
    let data = Folder::create("bench-sessions")?;
    let server = Server::start(&data)?;
    let people = register(server.address, PEOPLE)?;
    // The buffers of the hashes are given back.
    thread::sleep(Duration::from_secs(6));
    let before = server.memory()?;
    let mut open = Vec::new();
    for person in &people {
        let ask = request("GET", "/api/sessions/events", &bearer(&person.access_token), "");
        for _ in 0..TABS {
            let mut stream = Connection::open(server.address)?;
            stream.send(&ask)?;
            open.push(stream);
        }
    }
    let grown = server.memory()? - before;
    Ok(grown * 1e3 / f64::from(u32::try_from(open.len())?))
}

/// The bytes of one revoked session, and the nanoseconds of a question to a set without and with all of them.
fn set() -> Result<(f64, f64, f64)> {
    let id = |number: u32| format!("{number:032x}");
    let device = || Device { browser: "Firefox".into(), os: "Linux".into() };
    let set = Revocations::new(OpenTabs::default(), Arc::default(), Clock::system());
    let live: Vec<_> = (REVOKED..2 * REVOKED).map(|number| SessionId(id(number))).collect();
    let ask = || {
        let begin = Instant::now();
        for session_id in &live {
            black_box(set.check(session_id));
        }
        begin.elapsed().as_secs_f64() * 1e9 / f64::from(REVOKED)
    };
    let empty = ask();
    let before = own_memory()?;
    set.add((0..REVOKED).map(|number| Ended {
        session_id: SessionId(id(number)),
        user_id: UserId(id(number)),
        expires_at: Moment(0),
        end: End { reason: EndReason::Revoked, at: Some(Moment(0)), by: Some(device()) },
        leaves_tokens: true,
    }));
    let bytes = (own_memory()? - before) * 1e6 / f64::from(REVOKED);
    Ok((bytes, empty, ask()))
}
