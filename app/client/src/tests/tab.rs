//! A browser tab of the tests' own: its clock moves when it is told to, its tasks run until none can go on.

use std::{cell::RefCell, rc::Rc, time::Duration};

use futures::{executor::LocalPool, future::abortable};
use leptos::prelude::GetUntracked;

use super::{
    call::Call,
    fake::Fake,
    server::{LOGIN, REFRESH, Server, TOKEN_LIFE},
    world::{Life, World},
};
use crate::{
    Connection, Error, Identity, Status,
    core::Core,
    platform::Platform,
    request::{Method, Request},
};
use doorward_api::{Login, PolicyName};

/// A tab with our page in it.
pub(super) struct Tab {
    pub(super) core: Rc<Core<Fake>>,
    pub(super) server: Rc<Server>,
    pub(super) world: Rc<World>,
    life: Rc<Life>,
    pool: Rc<RefCell<LocalPool>>,
}

impl Tab {
    /// The page as the server sent it, in a browser of its own.
    pub(super) fn open(policy: PolicyName, may_be_logged_in: bool) -> Self {
        let pool = LocalPool::new();
        let server = Rc::new(Server::new(policy));
        if may_be_logged_in {
            server.has_cookie_of("ada", Duration::ZERO);
        }
        let world = World::new(Rc::clone(&server), pool.spawner());
        Self::in_world(world, Rc::new(RefCell::new(pool)), may_be_logged_in)
    }

    /// A further tab of the same browser, as the server sent it.
    pub(super) fn beside(&self, may_be_logged_in: bool) -> Self {
        Self::in_world(Rc::clone(&self.world), Rc::clone(&self.pool), may_be_logged_in)
    }

    /// A further tab, in which the same person is logged in.
    pub(super) fn logged_in_beside(&self) -> Self {
        let tab = self.beside(true);
        tab.hydrate();
        assert!(tab.is_logged_in());
        tab
    }

    fn in_world(world: Rc<World>, pool: Rc<RefCell<LocalPool>>, may_be_logged_in: bool) -> Self {
        let life = Rc::default();
        let core = Core::new(Fake::new(Rc::clone(&world), Rc::clone(&life)), may_be_logged_in);
        world.open_tab(&core, &life);
        Self { core, server: Rc::clone(&world.server), world, life, pool }
    }

    /// The tab is closed, or its process dies.
    pub(super) fn close(&self) {
        self.world.close(&self.life);
        self.run();
    }

    /// The browser lets the tab stand still.
    pub(super) fn freeze(&self) {
        self.life.freeze();
    }

    /// The tab goes on.
    pub(super) fn thaw(&self) {
        self.life.thaw();
        self.run();
    }

    /// A page on which Ada has just logged in.
    pub(super) fn logged_in(policy: PolicyName) -> Self {
        let tab = Self::open(policy, false);
        tab.start_login().succeeded();
        tab
    }

    /// The same, and her token, if she has one, is past its end.
    pub(super) fn with_dead_token(policy: PolicyName) -> Self {
        let tab = Self::logged_in(policy);
        tab.advance(TOKEN_LIFE);
        tab.server.expires_tokens();
        tab
    }

    /// So many tabs of one browser in which Ada is logged in, with tokens past their end.
    pub(super) fn several_with_dead_tokens(policy: PolicyName, count: usize) -> Vec<Self> {
        let first = Self::logged_in(policy);
        let mut tabs: Vec<_> = (1..count).map(|_| first.logged_in_beside()).collect();
        tabs.push(first);
        tabs[0].advance(TOKEN_LIFE);
        tabs[0].server.expires_tokens();
        tabs
    }

    /// So many tabs of one browser in which Ada is logged in, all of them in front.
    pub(super) fn several_in_front(policy: PolicyName, count: usize) -> Vec<Self> {
        let first = Self::logged_in(policy);
        let mut tabs: Vec<_> = (1..count).map(|_| first.logged_in_beside()).collect();
        tabs.push(first);
        for tab in &tabs {
            tab.show(true);
        }
        tabs
    }

    pub(super) fn two_with_dead_tokens(policy: PolicyName) -> [Self; 2] {
        let Ok(tabs) = Self::several_with_dead_tokens(policy, 2).try_into() else { unreachable!("two are two") };
        tabs
    }

    /// The page has become interactive.
    pub(super) fn hydrate(&self) {
        self.core.start();
        self.run();
    }

    /// Ada logs in.
    pub(super) fn start_login(&self) -> Call<()> {
        self.start_login_of("ada")
    }

    pub(super) fn start_login_of(&self, user: &str) -> Call<()> {
        let core = Rc::clone(&self.core);
        let form = Login { email: user.to_owned(), ..Login::default() };
        self.start(async move { core.login(&form).await })
    }

    /// The page asks who is there.
    pub(super) fn refresh(&self) -> Call<()> {
        let core = Rc::clone(&self.core);
        self.start(async move { core.refresh().await })
    }

    pub(super) fn logout(&self) {
        self.core.logout();
        self.run();
    }

    /// The page goes, for good or into the browser's memory.
    pub(super) fn goes(&self) {
        self.core.go();
        self.run();
    }

    /// The page comes back from the browser's memory.
    pub(super) fn comes_back(&self) {
        self.core.restore();
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
        let until = self.world.elapsed() + time;
        while self.world.wake_next(until) {
            self.run();
        }
    }

    /// Lets time pass until `left` remains of `life`.
    pub(super) fn advance_into(&self, life: Duration, left: Duration) {
        self.advance(life.saturating_sub(left));
    }

    /// The machine sleeps: time passes, and no timer fires.
    pub(super) fn sleep(&self, time: Duration) {
        self.world.skip(time);
    }

    /// The machine sleeps, and its steady clock stands still meanwhile.
    pub(super) fn sleep_without_steady_clock(&self, time: Duration) {
        self.world.ahead.set(self.world.ahead.get() + time.as_secs_f64() * 1000.0);
    }

    /// Somebody sets the device's clock by so many seconds.
    pub(super) fn set_clock_by(&self, seconds: f64) {
        self.world.ahead.set(self.world.ahead.get() + seconds * 1000.0);
    }

    /// The person looks at the tab.
    pub(super) fn is_seen(&self) {
        self.core.wake();
        self.run();
    }

    /// The tab is in front, or not any more.
    pub(super) fn show(&self, is_seen: bool) {
        self.core.show(is_seen);
        if is_seen {
            self.core.wake();
        }
        self.run();
    }

    /// The browser says that it is online again.
    pub(super) fn comes_online(&self) {
        self.core.regain_network();
        self.run();
    }

    pub(super) fn status(&self) -> Status {
        self.core.status().get_untracked()
    }

    /// Who the page says is there.
    pub(super) fn name(&self) -> Option<String> {
        match self.status().identity() {
            Identity::User { name, .. } => Some(name),
            Identity::Anonymous | Identity::Unknown => None,
        }
    }

    pub(super) fn is_logged_in(&self) -> bool {
        self.status().is_logged_in() == Some(true)
    }

    pub(super) fn connection(&self) -> Connection {
        self.core.connection().get_untracked()
    }

    pub(super) fn is_online(&self) -> bool {
        self.connection() == Connection::Online
    }

    /// How often the server was asked for a newer token.
    pub(super) fn refreshes(&self) -> usize {
        self.server.count(REFRESH)
    }

    /// How many requests there were besides the login.
    pub(super) fn requests(&self) -> usize {
        self.server.total() - self.server.count(LOGIN)
    }
}
