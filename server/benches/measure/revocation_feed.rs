//! Services that poll the revocation feed: the lag until they receive a revocation, and the memory of each service.

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
    server_process::{Server, TempFolder},
};

const SERVICES: usize = 500;
const LOGOUTS: usize = 60;

/// Enough for a thread that only waits.
const STACK: usize = 256 * 1024;

/// Longer than all logouts take.
const TIMEOUT: Duration = Duration::from_mins(1);

pub(crate) fn measure() -> Result<Vec<Figure>> {
    let data = TempFolder::create("bench-feed")?;
    let server = Server::start(&data)?;
    let user = register(server.address, 1)?.pop().ok_or("no user")?;
    let mut login = Connection::open(server.address)?;
    // The hashing workers release their memory.
    thread::sleep(Duration::from_secs(6));
    let before = server.memory()?;

    let (sender, received) = mpsc::channel();
    let services: Vec<_> = (0..SERVICES)
        .map(|_| {
            let (sender, address) = (sender.clone(), server.address);
            thread::Builder::new().stack_size(STACK).spawn(move || poll(address, &sender))
        })
        .collect::<std::io::Result<_>>()?;
    thread::sleep(Duration::from_secs(3));
    let each = (server.memory()? - before) * 1e3 / f64::from(u32::try_from(SERVICES)?);

    let mut ended = Vec::new();
    for _ in 0..LOGOUTS {
        let token_response: Value = serde_json::from_slice(login.send(&user.login)?.1)?;
        let token = token_response["access_token"].as_str().ok_or("no token")?;
        login.send(&request("POST", "/api/auth/logout", &bearer(token), ""))?;
        ended.push((token_response["session"]["id"].as_str().ok_or("no session")?.to_owned(), Instant::now()));
        thread::sleep(Duration::from_millis(200));
    }
    let mut lags = Vec::new();
    for _ in 0..SERVICES * LOGOUTS {
        let (session, at): (String, Instant) = received.recv_timeout(TIMEOUT)?;
        let (_, logged_out) = ended.iter().find(|(id, _)| *id == session).ok_or("an unknown session")?;
        lags.push(at.saturating_duration_since(*logged_out).as_secs_f64() * 1000.0);
    }
    drop(server);
    drop(received);
    for service in services {
        // It returns an error, because the server is gone.
        drop(service.join());
    }
    lags.sort_by(f64::total_cmp);
    let (median, p99) = (lags[lags.len() / 2], lags[lags.len() * 99 / 100]);
    Ok(vec![
        Figure {
            label: "Revocation lag to 500 services, from logout response",
            result: format!("{median:.1} ms"),
            goal: None,
        },
        Figure {
            label: "  p99",
            result: format!("{p99:.1} ms (max {:.1})", lags[lags.len() - 1]),
            goal: Some(("≤ 1 s", p99 <= 1000.0)),
        },
        Figure { label: "Memory per waiting service", result: format!("{each:.1} kB"), goal: None },
    ])
}

/// Polls the feed until the server is gone.
fn poll(address: SocketAddr, sender: &mpsc::Sender<(String, Instant)>) -> Result<()> {
    let mut connection = Connection::open(address)?;
    let mut path = "/.well-known/revocations".to_owned();
    loop {
        let (_, body) = connection.send(&request("GET", &path, "", ""))?;
        let at = Instant::now();
        let claims = body.split(|byte| *byte == b'.').nth(1).ok_or("no page")?;
        let page: FeedPage = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims)?)?;
        for (session, _) in page.revoked {
            sender.send((session, at))?;
        }
        path = format!("/.well-known/revocations?after={}", page.cursor);
    }
}
