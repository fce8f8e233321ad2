//! A flood of logins on many connections: what it does to refreshes, and to the login of a known browser.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

use crate::{
    Figure, Result,
    client::{Connection, User, register, request},
    median,
    server_process::{Server, TempFolder},
};

const THREADS: usize = 4;
const CONNECTIONS_PER_THREAD: usize = 64;
const SAMPLES: usize = 200;
const PAUSE: Duration = Duration::from_millis(20);

pub(crate) fn measure() -> Result<Vec<Figure>> {
    let data = TempFolder::create("bench-login-flood")?;
    let server = Server::start(&data)?;
    let user = register(server.address, 1)?.remove(0);
    let refresh = request("POST", "/api/auth/refresh", &format!("cookie: {}\r\n", user.cookie), "");

    let quiet = median(times(server.address, &refresh, 200)?);
    let (stop, refused, tried) = (AtomicBool::new(false), AtomicU32::new(0), AtomicU32::new(0));
    let (busy, known) = thread::scope(|scope| {
        for thread in 0..THREADS {
            let (stop, refused, tried) = (&stop, &refused, &tried);
            scope.spawn(move || flood(server.address, thread, stop, refused, tried));
        }
        let busy = times(server.address, &refresh, 200).map(median);
        let known = known_logins(server.address, &user);
        stop.store(true, Ordering::Relaxed);
        (busy, known)
    });
    let (busy, known) = (busy?, known?);
    let (refused, tried) = (refused.into_inner(), tried.into_inner());
    let ratio = busy / quiet;
    Ok(vec![
        Figure {
            label: "Refresh during a flood of logins ÷ without",
            result: format!("{ratio:.1} ({busy:.2} of {quiet:.2} ms)"),
            goal: Some(("< 10", ratio < 10.0)),
        },
        Figure {
            label: "  logins of the flood refused",
            result: format!("{refused} of {}", refused + tried),
            goal: None,
        },
        Figure {
            label: "  logins of a known browser",
            result: format!("{known} of 20"),
            goal: Some(("20", known == 20)),
        },
    ])
}

/// The response times in milliseconds. The status is `expected`.
fn times(address: SocketAddr, request: &[u8], expected: u16) -> Result<Vec<f64>> {
    let mut connection = Connection::open(address)?;
    let mut times = Vec::new();
    for _ in 0..SAMPLES {
        let sent = Instant::now();
        let status = connection.status(request)?;
        times.push(sent.elapsed().as_secs_f64() * 1000.0);
        if status != expected {
            return Err(format!("{status} instead of {expected}").into());
        }
        thread::sleep(PAUSE);
    }
    Ok(times)
}

/// How many of 20 logins with a device cookie succeed.
fn known_logins(address: SocketAddr, user: &User) -> Result<u32> {
    let mut connection = Connection::open(address)?;
    let statuses = (0..20).map(|_| connection.status(&user.login_from_known_browser));
    statuses.map(|status| status.map(|status| u32::from(status == 200))).sum()
}

/// Logs in with wrong passwords on all connections of a thread.
fn flood(address: SocketAddr, thread: usize, stop: &AtomicBool, refused: &AtomicU32, tried: &AtomicU32) -> Result<()> {
    let requests: Vec<_> = (0..CONNECTIONS_PER_THREAD)
        .map(|number| {
            let form = format!(r#"{{"email":"nobody{thread}-{number}@example.com","password":"a wrong password"}}"#);
            request("POST", "/api/auth/login", "", &form)
        })
        .collect();
    let connections = requests.iter().map(|_| Connection::open(address));
    let mut connections = connections.collect::<std::io::Result<Vec<_>>>()?;
    while !stop.load(Ordering::Relaxed) {
        for (connection, request) in connections.iter_mut().zip(&requests) {
            connection.write(request)?;
        }
        for connection in &mut connections {
            let count = if connection.read_status()? == 503 { refused } else { tried };
            count.fetch_add(1, Ordering::Relaxed);
        }
    }
    Ok(())
}
