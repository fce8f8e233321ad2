//! Requests per second with an access token, and of refreshes, compared with a bare handler without authentication.

use std::{net::SocketAddr, process::Command, time::Duration};

use axum::{Json, Router, routing::get};
use doorward_api::User;
use server::{
    background,
    clock::Clock,
    config::{Config, RawSettings},
    http,
    state::AppState,
};

use crate::{
    Figure, Result,
    client::{bearer, register, request, requests_per_second},
    median,
    server_process::{Server, TempFolder},
};

/// The argument that makes this program the measured server.
pub(crate) const SERVE: &str = "serve";

const CONNECTIONS: usize = 32;
const THREADS: usize = 2;
const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_secs(1);

pub(crate) fn measure() -> Result<Vec<Figure>> {
    let data = TempFolder::create("bench-requests")?;
    let server = Server::run(Command::new(std::env::current_exe()?).arg(SERVE), &data, &[])?;
    let users = register(server.address, CONNECTIONS)?;

    let bare = vec![request("GET", "/bare", "", ""); CONNECTIONS];
    let me: Vec<_> = users.iter().map(|user| request("GET", "/api/me", &bearer(&user.access_token), "")).collect();
    let refresh: Vec<_> = users
        .iter()
        .map(|user| request("POST", "/api/auth/refresh", &format!("cookie: {}\r\n", user.cookie), ""))
        .collect();

    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let measure = |requests| requests_per_second(server.address, requests, THREADS, ROUND);
        rounds.push((measure(&bare)?, measure(&me)?, measure(&refresh)?));
    }

    let ratio = |of: fn(&(f64, f64, f64)) -> f64| median(rounds.iter().map(|round| of(round) / round.0).collect());
    let per_second = |of: fn(&(f64, f64, f64)) -> f64| median(rounds.iter().map(of).collect());
    let refreshes = ratio(|round| round.2);
    Ok(vec![
        Figure { label: "Bare handler", result: format!("{:.0}/s", per_second(|round| round.0)), goal: None },
        Figure {
            label: "GET /api/me ÷ bare handler",
            result: format!("{:.3} ({:.0}/s)", ratio(|round| round.1), per_second(|round| round.1)),
            goal: None,
        },
        Figure {
            label: "POST /api/auth/refresh on SQLite ÷ bare handler",
            result: format!("{refreshes:.3} ({:.0}/s)", per_second(|round| round.2)),
            goal: Some(("≥ 0.09", refreshes >= 0.09)),
        },
    ])
}

/// Serves the real router, and a handler that returns the body of `/api/me` without authentication.
#[tokio::main]
pub(crate) async fn serve() -> Result<()> {
    let config = Config::try_from(RawSettings::read(None, std::env::vars_os(), RawSettings::default())?)?;
    let listener = tokio::net::TcpListener::bind(config.listen).await?;
    let app = AppState::open(config, format!("http://{}", listener.local_addr()?), Clock::system()).await?;
    tokio::spawn(background::run(app.clone()));

    let user = User { id: "1".repeat(22), name: "User".into(), roles: Vec::new() };
    let bare = Router::new().route("/bare", get(async || Json(user)));
    let router = http::router(app).merge(bare);
    Ok(axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>()).await?)
}
