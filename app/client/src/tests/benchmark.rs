//! The cost of the interceptor per request, natively: `make bench` runs it.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use doorward_api::PolicyName;
use futures::{
    executor::block_on,
    future::{LocalBoxFuture, pending},
};

use super::support::server::Server;
use crate::{
    active_session::ActiveSession,
    auth_client::AuthClient,
    clock::{Clocks, Moment},
    interceptor,
    platform::{Faults, LockName, NoResponse, PageEvent, Platform, StreamResponse},
    request::{Authorization, Method, Request, Response},
    state::SessionEvent,
};

const REQUESTS: u32 = 200_000;
const ROUNDS: usize = 7;

/// A platform that costs next to nothing: every request is answered at once, with an empty response.
#[derive(Default)]
struct IdlePlatform(Faults);

impl Platform for IdlePlatform {
    type Lock = ();

    async fn send(&self, request: &Request, authorization: Option<&Authorization>) -> Result<Response, NoResponse> {
        black_box((request, authorization.map(|_| ())));
        Ok(Response { status: 200, ..Response::default() })
    }

    async fn open(&self, _: &Request, _: &Authorization) -> Result<StreamResponse, NoResponse> {
        Err(NoResponse)
    }

    fn now(&self) -> Clocks {
        Clocks { monotonic: Moment::default(), wall: 0.0 }
    }

    async fn sleep(&self, _: Duration) {
        pending::<()>().await;
    }

    fn random(&self) -> f64 {
        0.0
    }

    fn spawn(&self, _: LocalBoxFuture<'static, ()>) {}

    async fn try_lock(&self, _: LockName) -> Option<()> {
        Some(())
    }

    async fn lock(&self, _: LockName) {}

    async fn steal_lock(&self, _: LockName) {}

    fn broadcast(&self, _: &str) {}

    fn listen(&self, _: impl Fn(PageEvent) + 'static) {}

    fn is_visible(&self) -> bool {
        true
    }

    fn faults(&self) -> &Faults {
        &self.0
    }
}

#[test]
fn measure_the_interceptor() {
    let client = AuthClient::new(IdlePlatform::default(), false);
    let body = Server::new(PolicyName::Retention).login_response(Duration::ZERO).to_string();
    let now = client.session.now();
    let session = ActiveSession::from_response(body.as_bytes(), None, now, now.monotonic, 0.0).expect("a session");
    client.session.apply(client.session.epoch(), SessionEvent::LoggedIn(session));
    let authorization = client.session.active(ActiveSession::authorization).expect("logged in");
    let request = Request::new(Method::Get, "/api/me");

    let mut overheads: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let bare = time(async || drop(black_box(client.platform.send(&request, Some(&authorization)).await)));
            let intercepted = time(async || drop(black_box(interceptor::send(&client, &request).await)));
            intercepted - bare
        })
        .collect();
    overheads.sort_by(f64::total_cmp);
    println!("interceptor, per request: {:.0} ns", overheads[ROUNDS / 2]);
}

/// Nanoseconds per call.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
fn time(send: impl AsyncFn()) -> f64 {
    let start = Instant::now();
    block_on(async {
        for _ in 0..REQUESTS {
            send().await;
        }
    });
    start.elapsed().as_secs_f64() * 1e9 / f64::from(REQUESTS)
}
