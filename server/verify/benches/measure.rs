//! The cost of verifying an access token, with and without the token cache: `make bench`.
//!
//! Compares CPU time of the server's thread, so other load on the machine matters little. Each result is the median of
//! several rounds that alternate between the variants. A missed goal is marked; it is not an error.

#![expect(clippy::disallowed_methods, reason = "a benchmark measures time")]

#[path = "../../benches/measure/client.rs"]
#[expect(dead_code, reason = "the server's benchmark uses more of it")]
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
    AccessTokenVerifier, Claims, Jwk, Jwks,
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
const HANDLERS: [&str; 3] = ["/unverified", "/cached", "/uncached"];
const TOKENS: usize = 50_000;

fn main() -> Result<()> {
    let line = |what: &str, result: String, goal: &str| println!("{what:<56} {result:>24}   {goal}");
    println!("\n{:<56} {:>24}   goal", "", "result");

    let [signature, uncached, cached] = verifications_per_second();
    line("Ed25519 signatures verified, on one core", format!("{signature:.0}/s"), "");
    line("Tokens verified without the cache, relative", format!("{:.3} ({uncached:.0}/s)", uncached / signature), "");
    line("Tokens verified with the cache", format!("{cached:.0}/s"), "");

    let rounds = handlers()?;
    let [unverified, cached, uncached] = medians(&rounds);
    let [_, with_cache, without_cache] =
        medians(&rounds.iter().map(|round| round.map(|cost| round[0] / cost)).collect::<Vec<_>>());
    let goal = format!("≥ 0.95   {}", if with_cache >= 0.95 { "met" } else { "MISSED" });
    line("CPU time of a handler without verification", format!("{unverified:.1} µs"), "");
    line("Requests per CPU time with the cache, relative", format!("{with_cache:.3} ({cached:.1} µs)"), &goal);
    line("Requests per CPU time without it, relative", format!("{without_cache:.3} ({uncached:.1} µs)"), "");

    line("Memory of a cached token", format!("{:.0} bytes", memory_of_a_token()?), "");
    Ok(())
}

/// Verifications per second: the signature alone, a token without the cache, a token with it.
fn verifications_per_second() -> [f64; 3] {
    let forge = Forge::new();
    let token = forge.good();
    let (message, signature) = token.rsplit_once('.').expect("three parts");
    let key = forge.keys.get(&forge.kid).expect("the key");
    let uncached = AccessTokenVerifier::new(&forge.issuer, AUDIENCE);
    let cached = uncached.clone().cache_capacity(100);
    let verify = |verifier: &AccessTokenVerifier| verifier.verify(black_box(&token), &forge.keys, NOW).is_ok();
    let rounds: Vec<[f64; 3]> = (0..ROUNDS)
        .map(|_| {
            [
                per_second(|| crypto::verify(signature, black_box(message).as_bytes(), key, Algorithm::EdDSA).is_ok()),
                per_second(|| verify(&uncached)),
                per_second(|| verify(&cached)),
            ]
        })
        .collect();
    medians(&rounds)
}

/// How often `verify` succeeds in a second of this thread's CPU time.
fn per_second(mut verify: impl FnMut() -> bool) -> f64 {
    let stopwatch = CpuTime::of_this_thread();
    let (before, until) = (stopwatch.read(), Instant::now() + ROUND / 4);
    let mut count = 0_u32;
    while Instant::now() < until {
        for _ in 0..100 {
            assert!(verify());
        }
        count += 100;
    }
    f64::from(count) / (stopwatch.read() - before)
}

/// CPU time per request in microseconds, by round and handler.
fn handlers() -> Result<Vec<[f64; 3]>> {
    let (sender, receiver) = mpsc::channel();
    // The thread ends with the process.
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
            let responses = requests_per_second(address, requests, 1, ROUND)? * begin.elapsed().as_secs_f64();
            *cost = (cpu_time.read() - before) / responses * 1e6;
        }
        rounds.push(round);
    }
    Ok(rounds)
}

/// A fake Doorward and a service in one thread; the handlers give the same response with and without verification.
#[tokio::main(flavor = "current_thread")]
async fn serve(ready: &mpsc::Sender<(SocketAddr, Arc<Forge>, CpuTime)>) -> Result<()> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let (address, mut forge) = (listener.local_addr()?, Forge::new());
    (forge.issuer, forge.now) = (format!("http://{address}"), now());
    let forge = Arc::new(forge);
    let jwks = Jwks { keys: vec![Jwk::ed25519(forge.kid.clone(), forge.x.clone())] };
    let feed = {
        let forge = forge.clone();
        move |RawQuery(query): RawQuery| page(forge.clone(), query.is_some())
    };
    let settings = || Doorward::at(&forge.issuer).audience(AUDIENCE);
    let me = async |caller: Caller| response(&caller);
    // With an extractor, too, because the cost of Axum's first extractor is not part of a verification.
    let unverified = async |State(claims): State<Arc<Claims>>| response(&claims);
    let claims: Arc<Claims> = Arc::new(serde_json::from_value(forge.claims())?);
    let router = Router::new()
        .route("/cached", get(me))
        .with_state(settings().start()?)
        .merge(Router::new().route("/uncached", get(me)).with_state(settings().cache_capacity(0).start()?))
        .merge(Router::new().route("/unverified", get(unverified)).with_state(claims))
        .route("/.well-known/jwks.json", get(async || Json(jwks)))
        .route("/.well-known/revocations", get(feed));
    ready.send((address, forge, CpuTime::of_this_thread()))?;
    Ok(axum::serve(listener, router).await?)
}

/// The response of a small handler.
fn response(caller: &Claims) -> impl IntoResponse + use<> {
    Json(json!({"id": caller.sub, "name": caller.name, "roles": caller.roles}))
}

/// A page of a feed that never changes.
async fn page(forge: Arc<Forge>, is_long_poll: bool) -> String {
    if is_long_poll {
        tokio::time::sleep(Duration::from_secs(25)).await;
    }
    let header = json!({"typ": "revocations+jwt", "alg": "EdDSA", "kid": forge.kid});
    let claims = json!({"iss": forge.issuer, "iat": now(), "after": null, "cursor": "0", "revoked": []});
    forge.sign_text(&header.to_string(), &claims.to_string())
}

/// Bytes per token in a large cache.
fn memory_of_a_token() -> Result<f64> {
    let forge = Forge::new();
    // As long as the tokens that the server issues.
    let token = |number: usize| {
        let mut claims = forge.claims();
        for name in ["sub", "sid", "jti"] {
            claims[name] = json!(format!("{name}{number:0>29}"));
        }
        forge.sign_text(&forge.header().to_string(), &claims.to_string())
    };
    let tokens: Vec<String> = (0..TOKENS).map(token).collect();
    let verifier = AccessTokenVerifier::new(&forge.issuer, AUDIENCE).cache_capacity(TOKENS * 2);
    let before = resident()?;
    assert!(tokens.iter().all(|token| verifier.verify(token, &forge.keys, NOW).is_ok()));
    let count = f64::from(u32::try_from(verifier.cached_tokens())?);
    Ok((resident()? - before) / count)
}

fn resident() -> Result<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS in /proc/self/status")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? * 1024.0)
}

fn now() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after 1970");
    i64::try_from(since_epoch.as_secs()).expect("seconds fit")
}

/// The CPU time of one thread.
struct CpuTime(PathBuf);

impl CpuTime {
    fn of_this_thread() -> Self {
        let thread = fs::read_link("/proc/thread-self").expect("Linux");
        Self(PathBuf::from("/proc").join(thread).join("schedstat"))
    }

    /// In seconds.
    fn read(&self) -> f64 {
        let nanoseconds = fs::read_to_string(&self.0).expect("a running thread");
        nanoseconds.split(' ').next().and_then(|text| text.parse::<f64>().ok()).expect("a number") / 1e9
    }
}

fn medians(rounds: &[[f64; 3]]) -> [f64; 3] {
    [0, 1, 2].map(|column| {
        let mut values: Vec<f64> = rounds.iter().map(|round| round[column]).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    })
}
