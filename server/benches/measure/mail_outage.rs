//! Logins, refreshes and registrations while the SMTP server is gone, in turns with the same while it is there.

use std::time::Duration;

use crate::{
    Figure, Result,
    client::{Connection, register, request, requests_per_second},
    database, median,
    server_process::{Server, TempFolder},
    smtp_sink::{self, SmtpSink},
};

const CLIENTS: usize = 8;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(2);

/// A server, and requests that it answers again and again.
struct Setup {
    server: Server,
    /// What is measured: each kind of request, by client.
    kinds: [Vec<Vec<u8>>; 3],
    _data: TempFolder,
}

impl Setup {
    fn start(name: &str, mail: &str) -> Result<Self> {
        let data = TempFolder::create(name)?;
        // Without mail, a registration needs no code.
        let users = register(Server::start(&data)?.address, CLIENTS)?;
        let file = data.path().join("data/doorward.db");
        // Logins from a browser that the account does not know are mailed to a proved address.
        database::execute(
            &format!("sqlite://{}", file.display()),
            "update users set email_verified_at = created_at".into(),
        )?;
        let settings = [("DOORWARD_MAIL", mail), ("DOORWARD_MAIL_FROM", "no-reply@example.com")];
        let server = Server::start_with(&data, &settings)?;

        let logins: Vec<_> = users.into_iter().map(|user| user.login).collect();
        let mut connection = Connection::open(server.address)?;
        let refresh = |login: &Vec<u8>| {
            let (head, _) = connection.send(login)?;
            let mut cookies = head.lines().filter_map(|line| line.strip_prefix("set-cookie: ")?.split(';').next());
            let cookie = cookies.rfind(|cookie| !cookie.contains("device=")).ok_or("no cookie")?;
            Ok(request("POST", "/api/auth/refresh", &format!("cookie: {cookie}\r\n"), ""))
        };
        let refreshes = logins.iter().map(refresh).collect::<Result<_>>()?;
        let registrations = (0..CLIENTS).map(|number| {
            let form = format!(
                r#"{{"email":"new{number}@example.com","password":"violet otters sing at noon","name":"New"}}"#
            );
            request("POST", "/api/auth/register", "", &form)
        });
        let kinds = [logins, refreshes, registrations.collect()];
        Ok(Self { server, kinds, _data: data })
    }

    fn rate(&self, kind: usize) -> Result<f64> {
        requests_per_second(self.server.address, &self.kinds[kind], CLIENTS, ROUND)
    }
}

pub(crate) fn measure() -> Result<Vec<Figure>> {
    let sink = SmtpSink::start()?;
    let there = Setup::start("bench-mail-there", &sink.url())?;
    let gone = Setup::start("bench-mail-gone", &smtp_sink::gone()?)?;
    let mut rounds: [Vec<(f64, f64)>; 3] = Default::default();
    for round in 0..ROUNDS {
        for (kind, rounds) in rounds.iter_mut().enumerate() {
            // Not always in the same order.
            rounds.push(if round % 2 == 0 {
                (gone.rate(kind)?, there.rate(kind)?)
            } else {
                let there = there.rate(kind)?;
                (gone.rate(kind)?, there)
            });
        }
    }
    if sink.accepted() == 0 {
        return Err("the SMTP server got no mail".into());
    }

    let labels = [
        "Logins, the SMTP server gone ÷ there",
        "Refreshes, the SMTP server gone ÷ there",
        "Registrations, the SMTP server gone ÷ there",
    ];
    Ok(labels.into_iter().zip(&rounds).map(|(label, rounds)| figure(label, rounds)).collect())
}

fn figure(label: &'static str, rounds: &[(f64, f64)]) -> Figure {
    let median = |of: fn(&(f64, f64)) -> f64| median(rounds.iter().map(of).collect());
    let (gone, there, ratio) = (median(|round| round.0), median(|round| round.1), median(|round| round.0 / round.1));
    let result = format!("{ratio:.2} ({gone:.0}, {there:.0}/s)");
    Figure { label, result, goal: Some(("≥ 0.95", ratio >= 0.95)) }
}
