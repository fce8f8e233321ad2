//! Services that follow the feed of revocations: how late they hear, and what each one costs.

use std::{
    net::SocketAddr,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use doorward_verify::feed::FeedPage;
use serde_json::Value;

use crate::{
    Figure, Result,
    client::{Connection, bearer, register, request},
    process::{Folder, Server},
};

const SERVICES: usize = 500;
const ENDS: usize = 60;

/// Enough for a service that only waits.
const STACK: usize = 256 * 1024;

/// Longer than all ends take.
const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) fn measure() -> Result<Vec<Figure>> {
    let data = Folder::create("bench-feed")?;
    let server = Server::start(&data)?;
    let person = register(server.address, 1)?.pop().ok_or("nobody")?;
    let mut login = Connection::open(server.address)?;
    // The buffers of the hashes are given back.
    thread::sleep(Duration::from_secs(6));
    let before = server.memory()?;

    let (heard, hearings) = mpsc::channel();
    let services: Vec<_> = (0..SERVICES)
        .map(|_| {
            let (heard, address) = (heard.clone(), server.address);
            thread::Builder::new().stack_size(STACK).spawn(move || follow(address, &heard))
        })
        .collect::<std::io::Result<_>>()?;
    thread::sleep(Duration::from_secs(3));
    let each = (server.memory()? - before) * 1e3 / f64::from(u32::try_from(SERVICES)?);

    let mut ended = Vec::new();
    for _ in 0..ENDS {
        let grant: Value = serde_json::from_slice(login.send(&person.login)?.1)?;
        let token = grant["access_token"].as_str().ok_or("no token")?;
        login.send(&request("POST", "/api/auth/logout", &bearer(token), ""))?;
        ended.push((grant["session"]["id"].as_str().ok_or("no session")?.to_owned(), Instant::now()));
        thread::sleep(Duration::from_millis(200));
    }
    let mut lags = Vec::new();
    for _ in 0..SERVICES * ENDS {
        let (session, at): (String, Instant) = hearings.recv_timeout(PATIENCE)?;
        let (_, answered) = ended.iter().find(|(id, _)| *id == session).ok_or("an end of nobody's")?;
        lags.push(at.saturating_duration_since(*answered).as_secs_f64() * 1000.0);
    }
    drop(server);
    drop(hearings);
    for service in services {
        // It ends with an error, because the server is gone.
        drop(service.join());
    }
    lags.sort_by(f64::total_cmp);
    let (median, p99) = (lags[lags.len() / 2], lags[lags.len() * 99 / 100]);
    Ok(vec![
        Figure {
            what: "From a logout's answer until each of 500 services knows",
            result: format!("{median:.1} ms"),
            goal: None,
        },
        Figure {
            what: "  p99",
            result: format!("{p99:.1} ms (most {:.1})", lags[lags.len() - 1]),
            goal: Some(("≤ 1 s", p99 <= 1000.0)),
        },
        Figure { what: "Memory of a service that waits", result: format!("{each:.1} kB"), goal: None },
    ])
}

/// Asks for what is new, again and again.
fn follow(address: SocketAddr, heard: &mpsc::Sender<(String, Instant)>) -> Result<()> {
    let mut connection = Connection::open(address)?;
    let mut path = "/.well-known/revocations".to_owned();
    loop {
        let (_, body) = connection.send(&request("GET", &path, "", ""))?;
        let at = Instant::now();
        let claims = body.split(|byte| *byte == b'.').nth(1).ok_or("no document")?;
        let document: FeedPage = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims)?)?;
        for (session, _) in document.revoked {
            heard.send((session, at))?;
        }
        path = format!("/.well-known/revocations?after={}", document.cursor);
    }
}
