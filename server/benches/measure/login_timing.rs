//! Whether the time of a failed login depends on the account: a rank test (Mann and Whitney) between accounts with a hash
//! under the current settings, accounts with an older hash, and unknown ones.

use std::time::Instant;

use crate::{
    Figure, Result,
    client::{Connection, request},
    median,
    server_process::{Server, TempFolder},
};

const ROUNDS: usize = 300;

const OLD_SETTINGS: [(&str, &str); 2] = [("DOORWARD_ARGON2_MEMORY_KIB", "8192"), ("DOORWARD_ARGON2_ITERATIONS", "1")];

pub(crate) fn measure() -> Result<Vec<Figure>> {
    let data = TempFolder::create("bench-login-timing")?;
    let server = Server::start_with(&data, &OLD_SETTINGS)?;
    register(&server, "old")?;
    drop(server);
    let server = Server::start(&data)?;
    register(&server, "current")?;

    let mut connection = Connection::open(server.address)?;
    let kinds = ["current", "old", "unknown"];
    let logins = kinds.map(|name| {
        let form = format!(r#"{{"email":"{name}@example.com","password":"the wrong password of {name}"}}"#);
        request("POST", "/api/auth/login", "", &form)
    });
    let mut times = [const { Vec::new() }; 3];
    for round in 0..ROUNDS {
        // In turns, and not always in the same order.
        for kind in [0, 1, 2].map(|kind| (kind + round) % 3) {
            let sent = Instant::now();
            let status = connection.status(&logins[kind])?;
            times[kind].push(sent.elapsed().as_secs_f64() * 1000.0);
            if status != 401 {
                return Err(format!("a wrong password got {status}").into());
            }
        }
    }

    let [current, old, unknown] = times;
    let figure = |label, one: &[f64], other: &[f64]| {
        let z = rank_test(one, other);
        let medians = format!("{:.2}, {:.2} ms", median(one.to_vec()), median(other.to_vec()));
        Figure { label, result: format!("z = {z:.1} ({medians})"), goal: Some(("|z| < 3", z.abs() < 3.0)) }
    };
    Ok(vec![
        figure("Failed login: current hash, unknown account", &current, &unknown),
        figure("Failed login: old hash, unknown account", &old, &unknown),
    ])
}

fn register(server: &Server, name: &str) -> Result<()> {
    let form = format!(r#"{{"email":"{name}@example.com","password":"violet otters sing at noon","name":"{name}"}}"#);
    Connection::open(server.address)?.send(&request("POST", "/api/auth/register", "", &form)).map(drop)
}

/// The standard score of the rank sum of `one` among both: beyond 3 either way, chance is an unlikely explanation.
#[expect(clippy::cast_precision_loss, reason = "the samples are few")]
pub(crate) fn rank_test(one: &[f64], other: &[f64]) -> f64 {
    let mut all: Vec<_> = one.iter().map(|time| (*time, true)).chain(other.iter().map(|time| (*time, false))).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let rank_sum: f64 = (1..).zip(&all).filter(|(_, (_, is_one))| *is_one).map(|(rank, _)| f64::from(rank)).sum();
    let (n, m) = (one.len() as f64, other.len() as f64);
    (rank_sum - n * (n + m + 1.0) / 2.0) / (n * m * (n + m + 1.0) / 12.0).sqrt()
}
