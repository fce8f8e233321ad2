//! Key rotation under load, which must fail no request.

use std::{
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    Figure, Result,
    client::{Connection, User, bearer, register, request},
    database, revocation_feed,
    server_process::{Server, TempFolder},
};

const THREADS: u32 = 5;
const PER_SECOND: u32 = 500;
const DURATION: Duration = Duration::from_secs(30);

/// The shortest lifetime that a key may have.
const KEY_LIFETIME: &str = "5s";

/// A thread refreshes its access token every this many requests.
const REFRESH_INTERVAL: u32 = 10;

pub(crate) fn measure() -> Result<Vec<Figure>> {
    let mut figures = vec![rotation()?];
    figures.extend(revocation_feed::measure()?);
    Ok(figures)
}

/// Each thread refreshes on one node and sends its other requests to both.
fn rotation() -> Result<Figure> {
    let data = TempFolder::create("bench-keys")?;
    let url = database::postgres()?;
    let mut settings = vec![("DOORWARD_PUBLIC_URL", "http://localhost:3000"), ("DOORWARD_KEY_LIFETIME", KEY_LIFETIME)];
    settings.extend(url.as_deref().map(|url| ("DOORWARD_DATABASE_URL", url)));
    let node = Server::start_with(&data, &settings)?;
    let other = url.is_some().then(|| Server::start_with(&data, &settings)).transpose()?;
    let addresses = [node.address, other.as_ref().map_or(node.address, |other| other.address)];

    let users = register(node.address, usize::try_from(THREADS)?)?;
    let (requests, failures) = thread::scope(|scope| {
        let load = |(number, user)| scope.spawn(move || load(addresses, number, user));
        let threads: Vec<_> = users.iter().enumerate().map(load).collect();
        threads.into_iter().try_fold((0, 0), |(requests, failures), thread| {
            let (more, failed) = thread.join().map_err(|_| "a client panicked")??;
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>((requests + more, failures + failed))
        })
    })?;
    let nodes = if other.is_some() { "2 nodes" } else { "1 node" };
    Ok(Figure {
        label: "Failures at 500 requests/s, a new key every 5 s",
        result: format!("{failures} of {requests}, {nodes}"),
        goal: Some(("0", failures == 0)),
    })
}

fn load(addresses: [SocketAddr; 2], number: usize, user: &User) -> Result<(u32, u32)> {
    let mut nodes = [Connection::open(addresses[0])?, Connection::open(addresses[1])?];
    let refresh = request("POST", "/api/auth/refresh", &format!("cookie: {}\r\n", user.cookie), "");
    let mut me = request("GET", "/api/me", &bearer(&user.access_token), "");
    let (start, interval) = (Instant::now(), Duration::from_secs(1) * THREADS / PER_SECOND);
    let (mut requests, mut failures) = (0, 0);
    while start.elapsed() < DURATION {
        let response = if requests % REFRESH_INTERVAL == 0 {
            nodes[number % 2].send(&refresh).and_then(|(_, body)| {
                let token_response: Value = serde_json::from_slice(body)?;
                me = request("GET", "/api/me", &bearer(token_response["access_token"].as_str().ok_or("no token")?), "");
                Ok(())
            })
        } else {
            nodes[usize::try_from(requests % 2)?].send(&me).map(drop)
        };
        if let Err(error) = response {
            eprintln!("{error}");
            failures += 1;
        }
        requests += 1;
        thread::sleep((interval * requests).saturating_sub(start.elapsed()));
    }
    Ok((requests, failures))
}
