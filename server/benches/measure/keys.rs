//! Keys that are replaced under load: nobody is to notice.

use std::{
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    Figure, Result,
    client::{Connection, Person, bearer, register, request},
    database, feed,
    process::{Folder, Server},
};

const THREADS: u32 = 5;
const PER_SECOND: u32 = 500;
const DURATION: Duration = Duration::from_secs(30);

/// The shortest life that a key may have.
const LIFE: &str = "5s";

/// Every so many requests of a thread the access token is refreshed.
const REFRESH: u32 = 10;

pub(crate) fn measure() -> Result<Vec<Figure>> {
    let mut figures = vec![replacement()?];
    figures.extend(feed::measure()?);
    Ok(figures)
}

/// Each thread refreshes on one node and asks on both.
fn replacement() -> Result<Figure> {
    let data = Folder::create("bench-keys")?;
    let url = database::postgres()?;
    let mut settings = vec![("DOORWARD_PUBLIC_URL", "http://localhost:3000"), ("DOORWARD_KEY_LIFETIME", LIFE)];
    settings.extend(url.as_deref().map(|url| ("DOORWARD_DATABASE_URL", url)));
    let here = Server::start_with(&data, &settings)?;
    let there = url.is_some().then(|| Server::start_with(&data, &settings)).transpose()?;
    let addresses = [here.address, there.as_ref().map_or(here.address, |there| there.address)];

    let people = register(here.address, usize::try_from(THREADS)?)?;
    let (requests, failures) = thread::scope(|scope| {
        let load = |(number, person)| scope.spawn(move || load(addresses, number, person));
        let threads: Vec<_> = people.iter().enumerate().map(load).collect();
        threads.into_iter().try_fold((0, 0), |(requests, failures), thread| {
            let (more, failed) = thread.join().map_err(|_| "a client panicked")??;
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>((requests + more, failures + failed))
        })
    })?;
    let nodes = if there.is_some() { "2 nodes" } else { "1 node" };
    Ok(Figure {
        what: "A key every 5 s under 500 requests/s: failures",
        result: format!("{failures} of {requests}, {nodes}"),
        goal: Some(("0", failures == 0)),
    })
}

fn load(addresses: [SocketAddr; 2], number: usize, person: &Person) -> Result<(u32, u32)> {
    let mut nodes = [Connection::open(addresses[0])?, Connection::open(addresses[1])?];
    let refresh = request("POST", "/api/auth/refresh", &format!("cookie: {}\r\n", person.cookie), "");
    let mut me = request("GET", "/api/me", &bearer(&person.access_token), "");
    let (begin, pause) = (Instant::now(), Duration::from_secs(1) * THREADS / PER_SECOND);
    let (mut requests, mut failures) = (0, 0);
    while begin.elapsed() < DURATION {
        let answer = if requests % REFRESH == 0 {
            nodes[number % 2].send(&refresh).and_then(|(_, body)| {
                let grant: Value = serde_json::from_slice(body)?;
                me = request("GET", "/api/me", &bearer(grant["access_token"].as_str().ok_or("no token")?), "");
                Ok(())
            })
        } else {
            nodes[usize::try_from(requests % 2)?].send(&me).map(drop)
        };
        if let Err(error) = answer {
            eprintln!("{error}");
            failures += 1;
        }
        requests += 1;
        thread::sleep((pause * requests).saturating_sub(begin.elapsed()));
    }
    Ok((requests, failures))
}
