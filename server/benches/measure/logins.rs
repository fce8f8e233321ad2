//! The cost of logins: CPU time compared with the bare hash, memory, and the latency of other requests.

use std::{
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

use argon2::{Algorithm, Argon2, Block, Params, Version};

use crate::{
    Figure, Result,
    client::{Connection, User, register, request, requests_per_second},
    median,
    server_process::{Server, TempFolder, cpu_time},
};

const CLIENTS: usize = 8;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(3);
const LOGINS_PER_ROUND: u32 = 60;

pub(crate) fn measure() -> Result<Vec<Figure>> {
    let data = TempFolder::create("bench-logins")?;
    let server = Server::start(&data)?;
    let users = register(server.address, CLIENTS)?;
    let mut figures = vec![login_cpu_time(&server, &users[0])?];
    figures.extend(concurrent_logins(&server, &users)?);
    Ok(figures)
}

/// Sequential logins, in turns with bare hashes in this process.
fn login_cpu_time(server: &Server, user: &User) -> Result<Figure> {
    let mut connection = Connection::open(server.address)?;
    let params = Params::default();
    let mut memory = vec![Block::default(); params.block_count()];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);

    let (mut ratios, mut hashes) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let before = server.cpu_time()?;
        for _ in 0..LOGINS_PER_ROUND {
            connection.send(&user.login)?;
        }
        let login = server.cpu_time()? - before;

        let before = cpu_time("self")?;
        for _ in 0..LOGINS_PER_ROUND {
            let mut hash = [0; 32];
            argon2.hash_password_into_with_memory(b"violet otters sing at noon", &[7; 16], &mut hash, &mut memory)?;
            std::hint::black_box(hash);
        }
        let hash = cpu_time("self")? - before;
        ratios.push(login / hash);
        hashes.push(hash / f64::from(LOGINS_PER_ROUND));
    }
    let ratio = median(ratios);
    Ok(Figure {
        label: "CPU time of a login ÷ bare Argon2 hash",
        result: format!("{ratio:.3} (hash {:.1} ms)", median(hashes)),
        goal: Some(("≤ 1.05", ratio <= 1.05)),
    })
}

/// Clients that log in without a pause.
fn concurrent_logins(server: &Server, users: &[User]) -> Result<Vec<Figure>> {
    let logins: Vec<_> = users.iter().map(|user| user.login.clone()).collect();
    let address = server.address;
    // Idle hashing workers release their memory.
    thread::sleep(Duration::from_secs(7));
    let before = server.memory()?;
    server.reset_peak_memory()?;

    let (mut quiet, mut busy, mut rates) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        quiet.push(health_check_p99(address)?);
        let (rate, p99) = thread::scope(|scope| {
            let load = scope.spawn(|| requests_per_second(address, &logins, CLIENTS, ROUND));
            let p99 = health_check_p99(address);
            (load.join(), p99)
        });
        rates.push(rate.map_err(|_| "a client panicked")??);
        busy.push(p99?);
    }

    let growth = server.peak_memory()? - before;
    let ratio = median(quiet.iter().zip(&busy).map(|(quiet, busy)| busy / quiet).collect());
    Ok(vec![
        Figure { label: "Logins, 8 concurrent clients", result: format!("{:.0}/s", median(rates)), goal: None },
        Figure {
            label: "  memory growth", result: format!("{growth:.1} MB"), goal: Some(("≤ 60 MB", growth <= 60.0))
        },
        Figure {
            label: "  health check p99 ÷ p99 without load",
            result: format!("{ratio:.1} ({:.2} of {:.2} ms)", median(busy), median(quiet)),
            goal: Some(("< 2", ratio < 2.0)),
        },
    ])
}

/// The 99th percentile of health checks every few milliseconds, in milliseconds.
fn health_check_p99(address: SocketAddr) -> Result<f64> {
    let check = request("GET", "/healthz", "", "");
    let mut connection = Connection::open(address)?;
    let mut times = Vec::new();
    let start = Instant::now();
    while start.elapsed() < ROUND {
        let sent = Instant::now();
        connection.send(&check)?;
        times.push(sent.elapsed().as_secs_f64() * 1000.0);
        thread::sleep(Duration::from_millis(4));
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() * 99 / 100])
}
