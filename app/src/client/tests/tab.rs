//! A browser tab of the tests' own: its clock moves when it is told to, its tasks run until none can go on.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};

use futures::{
    channel::oneshot,
    executor::{LocalPool, LocalSpawner},
    future::{AbortHandle, LocalBoxFuture, abortable},
    task::LocalSpawnExt,
};
use leptos::prelude::GetUntracked;

use super::server::{LOGIN, Server};
use crate::{
    api::Login,
    client::{
        Connection, Error, Status,
        core::Core,
        platform::{Moment, NoAnswer, Platform},
        request::{Method, Request, Response},
    },
};

/// The platform below a tab.
pub(super) struct Fake {
    server: Rc<Server>,
    now: Rc<Cell<Duration>>,
    sleepers: Rc<RefCell<Vec<(Duration, oneshot::Sender<()>)>>>,
    offline: Rc<RefCell<Vec<oneshot::Sender<()>>>>,
    spawner: LocalSpawner,
}

impl Platform for Fake {
    async fn send(&self, request: &Request, bearer: Option<&str>) -> Result<Response, NoAnswer> {
        self.server.serve(self.now.get(), request, bearer).await
    }

    fn now(&self) -> Moment {
        // The zero of a browser's clock is not the server's.
        Moment(Duration::from_secs(77) + self.now.get())
    }

    fn wall_clock(&self) -> f64 {
        self.now.get().as_secs_f64() * 1000.0
    }

    async fn sleep(&self, wait: Duration) {
        let (wake, woken) = oneshot::channel();
        self.sleepers.borrow_mut().push((self.now.get() + wait, wake));
        _ = woken.await;
    }

    async fn online(&self) {
        let (wake, woken) = oneshot::channel();
        self.offline.borrow_mut().push(wake);
        _ = woken.await;
    }

    fn chance(&self) -> f64 {
        0.0
    }

    fn spawn(&self, task: LocalBoxFuture<'static, ()>) {
        self.spawner.spawn_local(task).expect("the tab is open");
    }
}

/// A tab with our page in it.
pub(super) struct Tab {
    pub(super) core: Rc<Core<Fake>>,
    pub(super) server: Rc<Server>,
    now: Rc<Cell<Duration>>,
    sleepers: Rc<RefCell<Vec<(Duration, oneshot::Sender<()>)>>>,
    offline: Rc<RefCell<Vec<oneshot::Sender<()>>>>,
    pool: RefCell<LocalPool>,
}

impl Tab {
    /// The page as the server sent it.
    pub(super) fn open(may_be_logged_in: bool) -> Self {
        let pool = LocalPool::new();
        let (server, now) = (Rc::new(Server::default()), Rc::new(Cell::new(Duration::ZERO)));
        let (sleepers, offline) = (Rc::default(), Rc::default());
        let platform = Fake {
            server: Rc::clone(&server),
            now: Rc::clone(&now),
            sleepers: Rc::clone(&sleepers),
            offline: Rc::clone(&offline),
            spawner: pool.spawner(),
        };
        let core = Core::new(platform, may_be_logged_in);
        Self { core, server, now, sleepers, offline, pool: RefCell::new(pool) }
    }

    /// A page on which Ada has just logged in.
    pub(super) fn logged_in() -> Self {
        let tab = Self::open(false);
        tab.start_login().succeeded();
        tab
    }

    /// The same, and her token is past its end.
    pub(super) fn with_dead_token() -> Self {
        let tab = Self::logged_in();
        tab.advance(super::server::TOKEN_LIFE);
        tab.server.expires_tokens();
        tab
    }

    /// The page has become interactive.
    pub(super) fn hydrate(&self) {
        self.core.start();
        self.run();
    }

    pub(super) fn start_login(&self) -> Call<()> {
        let core = Rc::clone(&self.core);
        self.start(async move { core.login(Login::default()).await })
    }

    pub(super) fn logout(&self) {
        self.core.logout();
        self.run();
    }

    /// Calls the API, and runs until nothing goes on.
    pub(super) fn call(&self, method: Method, path: &str) -> Call<u16> {
        self.send(Request::new(method, path))
    }

    pub(super) fn get(&self, path: &str) -> Call<u16> {
        self.call(Method::Get, path)
    }

    pub(super) fn send(&self, request: Request) -> Call<u16> {
        let core = Rc::clone(&self.core);
        self.start(async move { core.send(&request).await.map(|answer| answer.status) })
    }

    fn start<T: 'static>(&self, call: impl Future<Output = Result<T, Error>> + 'static) -> Call<T> {
        let outcome = Rc::new(RefCell::new(None));
        let (call, abort) = abortable({
            let outcome = Rc::clone(&outcome);
            async move { _ = outcome.replace(Some(call.await)) }
        });
        let call = async { _ = call.await };
        self.core.platform.spawn(Box::pin(call));
        self.run();
        Call { outcome, abort }
    }

    /// Lets every task go on as far as it can.
    pub(super) fn run(&self) {
        self.pool.borrow_mut().run_until_stalled();
    }

    /// Lets time pass, timer by timer.
    pub(super) fn advance(&self, time: Duration) {
        let until = self.now.get() + time;
        while let Some(next) = self.next_timer().filter(|&next| next <= until) {
            self.now.set(next);
            self.sleepers.borrow_mut().retain(|&(at, _)| at > next);
            self.run();
        }
        self.now.set(until);
    }

    fn next_timer(&self) -> Option<Duration> {
        let mut sleepers = self.sleepers.borrow_mut();
        sleepers.retain(|(_, wake)| !wake.is_canceled());
        sleepers.iter().map(|&(at, _)| at).min()
    }

    /// The browser says that it is online again.
    pub(super) fn comes_online(&self) {
        self.offline.take();
        self.run();
    }

    pub(super) fn status(&self) -> Status {
        self.core.status().get_untracked()
    }

    pub(super) fn is_logged_in(&self) -> bool {
        self.status().is_logged_in() == Some(true)
    }

    pub(super) fn is_online(&self) -> bool {
        self.core.connection().get_untracked() == Connection::Online
    }

    /// How often the server was asked for a newer token.
    pub(super) fn refreshes(&self) -> usize {
        self.server.count(super::server::REFRESH)
    }

    /// Forgets nothing: how many requests there were besides the login.
    pub(super) fn requests(&self) -> usize {
        self.server.total() - self.server.count(LOGIN)
    }
}

/// A call that somebody waits for.
pub(super) struct Call<T> {
    outcome: Rc<RefCell<Option<Result<T, Error>>>>,
    abort: AbortHandle,
}

impl<T> Call<T> {
    pub(super) fn is_waiting(&self) -> bool {
        self.outcome.borrow().is_none()
    }

    /// The caller goes away.
    pub(super) fn drop_it(self) {
        self.abort.abort();
    }

    pub(super) fn outcome(self) -> Result<T, Error> {
        self.outcome.take().expect("the call has come back")
    }

    pub(super) fn succeeded(self) -> T {
        self.outcome().expect("the call succeeds")
    }

    pub(super) fn failed(self) -> Error {
        self.outcome().err().expect("the call fails")
    }
}
