//! What the interceptor costs a request, natively: `make bench` runs it.

use std::{hint::black_box, rc::Rc, time::Instant};

use futures::{
    executor::block_on,
    future::{LocalBoxFuture, pending},
};

use super::server::Server;
use crate::{
    core::Core,
    grant::Granted,
    pass::Proof,
    platform::{Clocks, Moment, NoAnswer, Opened, Platform, Turn},
    request::{Method, Request, Response},
    session::Event,
};
use doorward_api::PolicyName;

const REQUESTS: u32 = 200_000;
const ROUNDS: usize = 7;

/// A platform that costs next to nothing: every request is answered at once, with nothing.
struct Nothing;

impl Platform for Nothing {
    type Lock = ();

    async fn send(&self, request: &Request, proof: Option<&Proof>) -> Result<Response, NoAnswer> {
        black_box((request, proof));
        Ok(Response { status: 200, ..Response::default() })
    }

    async fn open(&self, _: &Request, _: &Proof) -> Result<Opened, NoAnswer> {
        Err(NoAnswer)
    }

    fn now(&self) -> Clocks {
        Clocks { steady: Moment::default(), wall: 0.0 }
    }

    async fn sleep(&self, _: std::time::Duration) {
        pending().await
    }

    fn chance(&self) -> f64 {
        0.0
    }

    fn spawn(&self, _: LocalBoxFuture<'static, ()>) {}

    async fn try_lock(&self, _: Turn) -> Option<()> {
        Some(())
    }

    async fn lock(&self, _: Turn) {}

    async fn steal_lock(&self, _: Turn) {}

    fn tell(&self, _: &str) {}
}

#[test]
fn measure_the_interceptor() {
    let core = Core::new(Nothing, false);
    let grant = Server::new(PolicyName::Retention).grant_at_login(std::time::Duration::ZERO).to_string();
    let now = core.now();
    let granted = Granted::read(grant.as_bytes(), None, now, now.steady, 0.0).expect("a grant");
    core.apply(core.epoch(), Event::LoggedIn(granted));
    let proof = core.granted(Granted::proof).expect("logged in");
    let request = Request::new(Method::Get, "/api/me");

    let mut overheads: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let bare = time(async || drop(black_box(core.platform.send(&request, Some(&proof)).await)));
            let intercepted = time(async || drop(black_box(Rc::clone(&core).send(&request).await)));
            intercepted - bare
        })
        .collect();
    overheads.sort_by(f64::total_cmp);
    println!("interceptor, per request: {:.0} ns", overheads[ROUNDS / 2]);
}

/// Nanoseconds for each.
fn time(send: impl AsyncFn()) -> f64 {
    let begin = Instant::now();
    block_on(async {
        for _ in 0..REQUESTS {
            send().await;
        }
    });
    begin.elapsed().as_secs_f64() * 1e9 / f64::from(REQUESTS)
}
