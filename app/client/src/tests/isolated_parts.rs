//! The parts of the client, each in isolation.

use std::{rc::Rc, time::Duration};

use doorward_api::{EndReason, PolicyName::Retention};
use futures::{FutureExt, executor::LocalPool, task::LocalSpawnExt};
use leptos::prelude::GetUntracked;

use super::support::{
    browser::Browser,
    platform::FakePlatform,
    replies::{Reply, problem},
    server::{LOGOUT, REFRESH, Server},
};
use crate::{
    Error, SessionEnd,
    active_session::ActiveSession,
    backoff::RetryTimer,
    current_session::CurrentSession,
    logout_queue::LogoutQueue,
    platform::{LockName, Platform},
    refresher::{RefreshReason, Refresher},
    session_end_stream::SessionEndStream,
    state::SessionEvent,
    tab_message::TabMessage,
    tabs::Tabs,
};

const NEVER: &dyn Fn() -> bool = &|| false;

/// A browser with a server, and what the parts share.
struct Fixture {
    pool: LocalPool,
    browser: Rc<Browser>,
    platform: Rc<FakePlatform>,
    tabs: Rc<Tabs<FakePlatform>>,
    session: Rc<CurrentSession<FakePlatform>>,
    retry: Rc<RetryTimer<FakePlatform>>,
}

impl Fixture {
    fn new() -> Self {
        let pool = LocalPool::new();
        let browser = Browser::new(Rc::new(Server::new(Retention)), pool.spawner());
        let platform = Rc::new(FakePlatform::new(browser.clone(), Rc::default()));
        let tabs = Rc::new(Tabs::new(platform.clone(), Rc::default()));
        let session = Rc::new(CurrentSession::new(platform.clone(), tabs.clone(), Rc::default(), false));
        let retry = Rc::new(RetryTimer::new(platform.clone()));
        Self { pool, browser, platform, tabs, session, retry }
    }

    fn logged_in() -> Self {
        let fixture = Self::new();
        let body = fixture.browser.server.login_response(Duration::ZERO).to_string();
        let now = fixture.platform.now();
        let active = ActiveSession::from_response(body.as_bytes(), None, now, now.monotonic, 0.0).expect("a session");
        fixture.session.apply(fixture.session.epoch(), SessionEvent::LoggedIn(active));
        fixture
    }

    fn refresher(&self) -> Rc<Refresher<FakePlatform>> {
        let (platform, tabs) = (self.platform.clone(), self.tabs.clone());
        Rc::new(Refresher::new(platform, tabs, self.session.clone(), self.retry.clone()))
    }

    fn run<T: 'static>(&mut self, work: impl Future<Output = T> + 'static) -> T {
        let handle = self.pool.spawner().spawn_local_with_handle(work).expect("the browser is open");
        self.pool.run_until_stalled();
        handle.now_or_never().expect("the work is done")
    }
}

#[test]
fn tabs_grant_a_lock_once_and_answer_pings_about_it() {
    let fixture = Fixture::new();
    let other = Tabs::new(Rc::new(FakePlatform::new(fixture.browser.clone(), Rc::default())), Rc::default());

    let lock = fixture.tabs.with_lock(LockName::Refresh, NEVER).now_or_never().flatten().expect("a free lock");
    assert!(other.with_lock(LockName::Refresh, NEVER).now_or_never().is_none());
    assert_eq!(fixture.tabs.on_message(&TabMessage::LockPing(LockName::Refresh).to_text()), None);
    assert_eq!(fixture.browser.messages(), ["lock-ping refresh", "lock-pong refresh"]);

    drop(lock);
    assert!(other.with_lock(LockName::Refresh, NEVER).now_or_never().flatten().is_some());
    assert!(other.with_lock(LockName::Refresh, &|| true).now_or_never().flatten().is_none(), "settled");
}

#[test]
fn the_session_calls_its_observer_once_for_each_start() {
    let mut fixture = Fixture::new();
    let starts = Rc::new(std::cell::Cell::new(0));
    let counter = starts.clone();
    fixture.session.on_start(move |_| counter.set(counter.get() + 1));
    let login = |fixture: &Fixture| {
        let body = fixture.browser.server.login_response(Duration::ZERO).to_string();
        let now = fixture.platform.now();
        let active = ActiveSession::from_response(body.as_bytes(), None, now, now.monotonic, 0.0).expect("a session");
        fixture.session.apply(fixture.session.epoch(), SessionEvent::LoggedIn(active));
    };

    login(&fixture);
    login(&fixture);
    fixture.session.apply(fixture.session.epoch(), SessionEvent::TokenExpired);
    fixture.run(async {});

    assert_eq!(starts.get(), 2);
    assert_eq!(fixture.session.status().get_untracked().is_logged_in(), Some(true));
}

#[test]
fn the_refresher_shares_one_refresh_and_backs_off_after_a_failure() {
    let mut fixture = Fixture::logged_in();
    let refresher = fixture.refresher();

    let both = futures::future::join(refresher.refresh_in_flight(), refresher.refresh_in_flight());
    assert_eq!(fixture.run(both), (Ok(()), Ok(())));
    assert_eq!(fixture.browser.server.count(REFRESH), 1);

    fixture.browser.server.always_answers(REFRESH, Reply::ConnectionLost);
    for _ in 0..3 {
        let refresher = refresher.clone();
        assert_eq!(
            fixture.run(async move { refresher.refresh(RefreshReason::Request).await }),
            Err(Error::Unreachable)
        );
    }
    assert_eq!(fixture.browser.server.count(REFRESH), 2);
    assert!(refresher.is_backing_off());
}

#[test]
fn the_logout_queue_retries_until_the_server_confirms() {
    let mut fixture = Fixture::new();
    let (platform, tabs) = (fixture.platform.clone(), fixture.tabs.clone());
    let queue = Rc::new(LogoutQueue::new(platform, tabs, fixture.session.clone(), fixture.retry.clone()));
    fixture.browser.server.always_answers(LOGOUT, problem(503, "unavailable"));

    queue.push(None);
    fixture.run(async {});
    assert_eq!(fixture.browser.server.count(LOGOUT), 1);
    fixture.browser.server.recovers(LOGOUT);
    fixture.retry.resume();
    fixture.run(async {});
    fixture.retry.resume();
    fixture.run(async {});

    assert_eq!(fixture.browser.server.count(LOGOUT), 2);
}

#[test]
fn the_session_end_stream_returns_the_end_that_the_server_sends() {
    let mut fixture = Fixture::logged_in();
    let (platform, refresher) = (fixture.platform.clone(), fixture.refresher());
    let stream = SessionEndStream::new(platform, fixture.session.clone(), refresher, fixture.retry.clone());
    stream.set_visible(true);
    let (epoch, server) = (fixture.session.epoch(), fixture.browser.server.clone());

    let end = fixture.run(async move {
        let end = stream.listen_for_end(epoch);
        let revoke = async { server.end_session("revoked") };
        futures::future::join(end, revoke).await.0
    });

    assert_eq!(end.map(|SessionEnd { reason, .. }| reason), Some(EndReason::Revoked));
}
