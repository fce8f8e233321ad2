//! How many requests per second: with an access token, and refreshing, against a bare handler that checks nothing.

use std::{net::SocketAddr, process::Command, time::Duration};

use axum::{Json, Router, routing::get};
use doorward_api::User;
use server::{
    clock::Clock,
    config::{Config, RawSettings},
    http, jobs,
    state::AppState,
};

use crate::{
    Figure, Result,
    client::{bearer, register, request, requests_per_second},
    median,
    process::{Folder, Server},
};

/// The argument that makes this program the server that is measured.
pub(crate) const SERVE: &str = "serve";

const CONNECTIONS: usize = 32;
const THREADS: usize = 2;
const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_secs(1);

pub(crate) fn measure() -> Result<Vec<Figure>> {
    let data = Folder::create("bench-requests")?;
    let server = Server::run(Command::new(std::env::current_exe()?).arg(SERVE), &data, &[])?;
    let people = register(server.address, CONNECTIONS)?;

    let unchecked = vec![request("GET", "/unchecked", "", ""); CONNECTIONS];
    let me: Vec<_> = people.iter().map(|person| request("GET", "/api/me", &bearer(&person.access_token), "")).collect();
    let refresh: Vec<_> = people
        .iter()
        .map(|person| request("POST", "/api/auth/refresh", &format!("cookie: {}\r\n", person.cookie), ""))
        .collect();

    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let measure = |requests| requests_per_second(server.address, requests, THREADS, ROUND);
        rounds.push((measure(&unchecked)?, measure(&me)?, measure(&refresh)?));
    }

    let ratio = |of: fn(&(f64, f64, f64)) -> f64| median(rounds.iter().map(|round| of(round) / round.0).collect());
    let per_second = |of: fn(&(f64, f64, f64)) -> f64| median(rounds.iter().map(of).collect());
    let refreshes = ratio(|round| round.2);
    Ok(vec![
        Figure { what: "A bare handler", result: format!("{:.0}/s", per_second(|round| round.0)), goal: None },
        Figure {
            what: "GET /api/me, of the bare handler",
            result: format!("{:.3} ({:.0}/s)", ratio(|round| round.1), per_second(|round| round.1)),
            goal: None,
        },
        Figure {
            what: "POST /api/auth/refresh on SQLite, of the bare handler",
            result: format!("{refreshes:.3} ({:.0}/s)", per_second(|round| round.2)),
            goal: Some(("≥ 0.09", refreshes >= 0.09)),
        },
    ])
}

/// Serves the real router, and beside it a handler that gives the answer of `/api/me` to anybody.
#[tokio::main]
pub(crate) async fn serve() -> Result<()> {
    let config = Config::try_from(RawSettings::read(None, std::env::vars(), RawSettings::default())?)?;
    let listener = tokio::net::TcpListener::bind(config.listen).await?;
    let app = AppState::open(config, format!("http://{}", listener.local_addr()?), Clock::system()).await?;
    tokio::spawn(jobs::run(app.clone()));

    let user = User { id: "1".repeat(22), name: "Person".into(), roles: Vec::new() };
    let unchecked = Router::new().route("/unchecked", get(async || Json(user)));
    let router = http::router(app).merge(unchecked);
    Ok(axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>()).await?)
}
