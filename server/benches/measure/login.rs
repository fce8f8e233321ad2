//! What logins cost: CPU time against the bare hash, memory, and what everybody else notices of them.

use std::{
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

use argon2::{Algorithm, Argon2, Block, Params, Version};

use crate::{
    Figure, Result,
    client::{Connection, Person, register, request, requests_per_second},
    median,
    process::{Folder, Server, cpu_time},
};

const CLIENTS: usize = 8;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(3);
const LOGINS_PER_ROUND: u32 = 60;

pub(crate) fn measure() -> Result<Vec<Figure>> {
    let data = Folder::create("bench-logins")?;
    let server = Server::start(&data)?;
    let people = register(server.address, CLIENTS)?;
    let mut figures = vec![cpu_of_a_login(&server, &people[0])?];
    figures.extend(crowd(&server, &people)?);
    Ok(figures)
}

/// One login after the other, in turns with bare hashes here.
fn cpu_of_a_login(server: &Server, person: &Person) -> Result<Figure> {
    let mut connection = Connection::open(server.address)?;
    let params = Params::default();
    let mut memory = vec![Block::default(); params.block_count()];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);

    let (mut ratios, mut hashes) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let before = server.cpu_time()?;
        for _ in 0..LOGINS_PER_ROUND {
            connection.send(&person.login)?;
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
        what: "CPU time of a login, of the bare Argon2 hash",
        result: format!("{ratio:.3} (hash {:.1} ms)", median(hashes)),
        goal: Some(("≤ 1.05", ratio <= 1.05)),
    })
}

/// Several clients that log in without a pause.
fn crowd(server: &Server, people: &[Person]) -> Result<Vec<Figure>> {
    let logins: Vec<_> = people.iter().map(|person| person.login.clone()).collect();
    let address = server.address;
    // Workers that have nothing to do give their memory back after a while.
    thread::sleep(Duration::from_secs(7));
    let before = server.memory()?;
    server.forget_peak()?;

    let (mut quiet, mut busy, mut rates) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        quiet.push(slowest_health_checks(address)?);
        let (rate, slowest) = thread::scope(|scope| {
            let crowd = scope.spawn(|| requests_per_second(address, &logins, CLIENTS, ROUND));
            let slowest = slowest_health_checks(address);
            (crowd.join(), slowest)
        });
        rates.push(rate.map_err(|_| "the crowd panicked")??);
        busy.push(slowest?);
    }

    let growth = server.peak_memory()? - before;
    let ratio = median(quiet.iter().zip(&busy).map(|(quiet, busy)| busy / quiet).collect());
    Ok(vec![
        Figure {
            what: "8 clients logging in without a pause: logins",
            result: format!("{:.0}/s", median(rates)),
            goal: None,
        },
        Figure {
            what: "  memory grows by",
            result: format!("{growth:.1} MB"),
            goal: Some(("≤ 60 MB", growth <= 60.0)),
        },
        Figure {
            what: "  p99 of the health check, of its quiet value",
            result: format!("{ratio:.1} ({:.2} of {:.2} ms)", median(busy), median(quiet)),
            goal: Some(("< 2", ratio < 2.0)),
        },
    ])
}

/// The 99th percentile of health checks that come every few milliseconds, in milliseconds.
fn slowest_health_checks(address: SocketAddr) -> Result<f64> {
    let check = request("GET", "/healthz", "", "");
    let mut connection = Connection::open(address)?;
    let mut times = Vec::new();
    let begin = Instant::now();
    while begin.elapsed() < ROUND {
        let sent = Instant::now();
        connection.send(&check)?;
        times.push(sent.elapsed().as_secs_f64() * 1000.0);
        thread::sleep(Duration::from_millis(4));
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() * 99 / 100])
}
