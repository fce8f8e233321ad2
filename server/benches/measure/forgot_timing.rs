//! Whether the time of a request for a link to set a new password depends on the account: a rank test (Mann and Whitney)
//! between addresses with an account and without.

use std::time::Instant;

use crate::{
    Figure, Result,
    client::{Connection, request},
    login_timing::rank_test,
    median,
    server_process::{Server, TempFolder},
};

const ROUNDS: usize = 200;

pub(crate) fn measure() -> Result<Vec<Figure>> {
    let data = TempFolder::create("bench-forgot-timing")?;
    let server = Server::start_with(&data, &[("DOORWARD_MAIL", "off"), ("DOORWARD_ARGON2_MEMORY_KIB", "8192")])?;
    let mut connection = Connection::open(server.address)?;
    for number in 0..ROUNDS {
        let form = format!(
            r#"{{"email":"known{number:03}@example.com","password":"violet otters sing at noon","name":"Known"}}"#
        );
        connection.send(&request("POST", "/api/auth/register", "", &form))?;
    }
    drop((connection, server));

    let server = Server::start_with(&data, &[("DOORWARD_MAIL", "folder")])?;
    let mut connection = Connection::open(server.address)?;
    let mut times = [const { Vec::new() }; 2];
    for round in 0..ROUNDS {
        // In turns, and not always in the same order.
        for kind in [0, 1].map(|kind| (kind + round) % 2) {
            // Of the same length.
            let name = ["known", "alien"][kind];
            let form = format!(r#"{{"email":"{name}{round:03}@example.com"}}"#);
            let request = request("POST", "/api/auth/forgot", "", &form);
            let sent = Instant::now();
            let status = connection.status(&request)?;
            times[kind].push(sent.elapsed().as_secs_f64() * 1000.0);
            if status != 202 {
                return Err(format!("a request for a link got {status}").into());
            }
        }
    }

    let [known, unknown] = times;
    let z = rank_test(&known, &unknown);
    let (known, unknown) = (median(known), median(unknown));
    let difference = (known / unknown - 1.0).abs();
    // p > 0.01, on both sides.
    let is_met = z.abs() < 2.58 && difference < 0.05;
    Ok(vec![Figure {
        label: "Forgotten password: known, unknown address",
        result: format!("z = {z:.1} ({known:.2}, {unknown:.2} ms)"),
        goal: Some(("|z| < 2.58", is_met)),
    }])
}
