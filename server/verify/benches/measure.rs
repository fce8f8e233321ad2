//! Measures what the check of an access token costs, with the memory of checked tokens and without: `make bench`.
//!
//! What is compared is the CPU time of the thread that serves, so a busy machine does not matter much; each figure is the
//! median of several rounds, in turns. A missed goal is marked and fails nothing.

#![expect(clippy::disallowed_methods, reason = "a stopwatch asks for the time")]

#[path = "../../benches/measure/client.rs"]
#[expect(dead_code, reason = "the other bench uses more of it")]
mod client;
#[path = "../tests/forge/mod.rs"]
mod forge;

use std::{
    error::Error,
    fs,
    hint::black_box,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use axum::{
    Json, Router,
    extract::{RawQuery, State},
    response::IntoResponse,
    routing::get,
};
use doorward_verify::{
    AccessTokens, Claims, Jwk, Jwks,
    service::{Caller, Doorward},
};
use forge::{AUDIENCE, Forge, NOW};
use jsonwebtoken::{Algorithm, crypto};
use serde_json::json;

use client::{bearer, request, requests_per_second};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_secs(1);
const CONNECTIONS: usize = 32;
const HANDLERS: [&str; 3] = ["/unchecked", "/remembered", "/checked"];
const TOKENS: usize = 50_000;

fn main() -> Result<()> {
    let line = |what: &str, result: String, goal: &str| println!("{what:<56} {result:>24}   {goal}");
    println!("\n{:<56} {:>24}   goal", "", "result");

    let [signature, checked, remembered] = checks_per_second();
    line("Ed25519 alone, on one core", format!("{signature:.0}/s"), "");
    line("A token without the memory, of that", format!("{:.3} ({checked:.0}/s)", checked / signature), "");
    line("A token with the memory", format!("{remembered:.0}/s"), "");

    let rounds = handlers()?;
    let [unchecked, remembered, checked] = medians(&rounds);
    let [_, with_memory, without] =
        medians(&rounds.iter().map(|round| round.map(|cost| round[0] / cost)).collect::<Vec<_>>());
    let goal = format!("≥ 0.95   {}", if with_memory >= 0.95 { "met" } else { "MISSED" });
    line("CPU time of a bare handler", format!("{unchecked:.1} µs"), "");
    line("A handler with the memory, of the bare one", format!("{with_memory:.3} ({remembered:.1} µs)"), &goal);
    line("A handler without the memory, of the bare one", format!("{without:.3} ({checked:.1} µs)"), "");

    line("Memory of a remembered token", format!("{:.0} bytes", memory_of_a_token()?), "");
    Ok(())
}

/// The signature alone, the checks without a memory, and with it.
fn checks_per_second() -> [f64; 3] {
    let forge = Forge::new();
    let token = forge.good();
    let (message, signature) = token.rsplit_once('.').expect("three parts");
    let key = forge.keys.get(&forge.kid).expect("the key");
    let (forgetful, remembering) =
        (AccessTokens::new(&forge.issuer, AUDIENCE), AccessTokens::new(&forge.issuer, AUDIENCE).remember(100));
    let check = |checks: &AccessTokens| checks.check(black_box(&token), &forge.keys, NOW).is_ok();
    let rounds: Vec<[f64; 3]> = (0..ROUNDS)
        .map(|_| {
            [
                per_second(|| crypto::verify(signature, black_box(message).as_bytes(), key, Algorithm::EdDSA).is_ok()),
                per_second(|| check(&forgetful)),
                per_second(|| check(&remembering)),
            ]
        })
        .collect();
    medians(&rounds)
}

/// How often `check` is done in a second of this thread's own time.
fn per_second(mut check: impl FnMut() -> bool) -> f64 {
    let stopwatch = CpuTime::of_this_thread();
    let (before, until) = (stopwatch.read(), Instant::now() + ROUND / 4);
    let mut count = 0_u32;
    while Instant::now() < until {
        for _ in 0..100 {
            assert!(check());
        }
        count += 100;
    }
    f64::from(count) / (stopwatch.read() - before)
}

/// Microseconds of CPU for each request, by round and handler.
fn handlers() -> Result<Vec<[f64; 3]>> {
    let (sender, receiver) = mpsc::channel();
    // It ends with the process.
    thread::spawn(move || serve(&sender).expect("a server"));
    let (address, forge, cpu_time) = receiver.recv()?;

    let tokens: Vec<String> =
        (0..CONNECTIONS).map(|number| forge.with_claim("jti", json!(number.to_string()))).collect();
    let requests = HANDLERS
        .map(|path| -> Vec<_> { tokens.iter().map(|token| request("GET", path, &bearer(token), "")).collect() });
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let mut round = [0.0; 3];
        for (cost, requests) in round.iter_mut().zip(&requests) {
            let (before, begin) = (cpu_time.read(), Instant::now());
            let answers = requests_per_second(address, requests, 1, ROUND)? * begin.elapsed().as_secs_f64();
            *cost = (cpu_time.read() - before) / answers * 1e6;
        }
        rounds.push(round);
    }
    Ok(rounds)
}

/// One thread with a small Doorward and a service that gives the same answer with and without a check.
#[tokio::main(flavor = "current_thread")]
async fn serve(ready: &mpsc::Sender<(SocketAddr, Arc<Forge>, CpuTime)>) -> Result<()> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let (address, mut forge) = (listener.local_addr()?, Forge::new());
    (forge.issuer, forge.now) = (format!("http://{address}"), now());
    let forge = Arc::new(forge);
    let jwks = Jwks { keys: vec![Jwk::ed25519(forge.kid.clone(), forge.x.clone())] };
    let feed = {
        let forge = forge.clone();
        move |RawQuery(query): RawQuery| document(forge.clone(), query.is_some())
    };
    let settings = || Doorward::at(&forge.issuer).audience(AUDIENCE);
    let me = async |caller: Caller| answer(&caller);
    // It takes something, too: what Axum does for the first argument of a handler is no part of a check.
    let unchecked = async |State(claims): State<Arc<Claims>>| answer(&claims);
    let claims: Arc<Claims> = Arc::new(serde_json::from_value(forge.claims())?);
    let router = Router::new()
        .route("/remembered", get(me))
        .with_state(settings().start()?)
        .merge(Router::new().route("/checked", get(me)).with_state(settings().remember(0).start()?))
        .merge(Router::new().route("/unchecked", get(unchecked)).with_state(claims))
        .route("/.well-known/jwks.json", get(async || Json(jwks)))
        .route("/.well-known/revocations", get(feed));
    ready.send((address, forge, CpuTime::of_this_thread()))?;
    Ok(axum::serve(listener, router).await?)
}

/// What a small handler says: who calls.
fn answer(caller: &Claims) -> impl IntoResponse + use<> {
    Json(json!({"id": caller.sub, "name": caller.name, "roles": caller.roles}))
}

/// A document of a feed in which nothing happens.
async fn document(forge: Arc<Forge>, waits: bool) -> String {
    if waits {
        tokio::time::sleep(Duration::from_secs(25)).await;
    }
    let header = json!({"typ": "revocations+jwt", "alg": "EdDSA", "kid": forge.kid});
    let claims = json!({"iss": forge.issuer, "iat": now(), "after": null, "cursor": "0", "revoked": []});
    forge.sign_text(&header.to_string(), &claims.to_string())
}

/// Bytes for each of many remembered tokens.
fn memory_of_a_token() -> Result<f64> {
    let forge = Forge::new();
    // As long as those that the server issues.
    let token = |number: usize| {
        let mut claims = forge.claims();
        for name in ["sub", "sid", "jti"] {
            claims[name] = json!(format!("{name}{number:0>29}"));
        }
        forge.sign_text(&forge.header().to_string(), &claims.to_string())
    };
    let tokens: Vec<String> = (0..TOKENS).map(token).collect();
    let checks = AccessTokens::new(&forge.issuer, AUDIENCE).remember(TOKENS * 2);
    let before = resident()?;
    assert!(tokens.iter().all(|token| checks.check(token, &forge.keys, NOW).is_ok()));
    let count = f64::from(u32::try_from(checks.remembered())?);
    Ok((resident()? - before) / count)
}

fn resident() -> Result<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no such field")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? * 1024.0)
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    i64::try_from(since.as_secs()).expect("before the end of time")
}

/// The CPU time that one thread has used.
struct CpuTime(PathBuf);

impl CpuTime {
    fn of_this_thread() -> Self {
        let thread = fs::read_link("/proc/thread-self").expect("Linux");
        Self(PathBuf::from("/proc").join(thread).join("schedstat"))
    }

    /// In seconds.
    fn read(&self) -> f64 {
        let nanoseconds = fs::read_to_string(&self.0).expect("the thread lives");
        nanoseconds.split(' ').next().and_then(|text| text.parse::<f64>().ok()).expect("a number") / 1e9
    }
}

fn medians(rounds: &[[f64; 3]]) -> [f64; 3] {
    [0, 1, 2].map(|at| {
        let mut values: Vec<f64> = rounds.iter().map(|round| round[at]).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    })
}
