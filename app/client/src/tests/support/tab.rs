//! A tab of a simulated browser: tests advance its clocks and run its tasks until all of them wait.

use std::{cell::RefCell, rc::Rc, time::Duration};

use doorward_api::{ChangePassword, Login, PolicyName};
use futures::{executor::LocalPool, future::abortable};
use leptos::prelude::GetUntracked;

use super::{
    browser::{Browser, TabLife},
    call::Call,
    platform::FakePlatform,
    server::{LOGIN, REFRESH, Server, TOKEN_LIFETIME},
};
use crate::{
    Connection, Error, Identity, Status,
    auth_client::AuthClient,
    interceptor, login,
    password_change::change_password,
    platform::Platform,
    refresher::RefreshReason,
    request::{Method, Request},
};

/// More than a visible or a hidden page waits for a reply of the other tabs.
const REPLY_TIMEOUT: Duration = Duration::from_millis(275);

/// A tab with an application that uses the client.
pub(in crate::tests) struct Tab {
    pub(in crate::tests) client: Rc<AuthClient<FakePlatform>>,
    pub(in crate::tests) server: Rc<Server>,
    pub(in crate::tests) browser: Rc<Browser>,
    life: Rc<TabLife>,
    pool: Rc<RefCell<LocalPool>>,
}

impl Tab {
    /// The page as the server rendered it, in a new browser.
    pub(in crate::tests) fn open(policy: PolicyName, may_be_logged_in: bool) -> Self {
        let pool = LocalPool::new();
        let server = Rc::new(Server::new(policy));
        if may_be_logged_in {
            server.set_cookie_of("ada", Duration::ZERO);
        }
        let browser = Browser::new(Rc::clone(&server), pool.spawner());
        Self::in_browser(browser, Rc::new(RefCell::new(pool)), may_be_logged_in)
    }

    /// Another tab of the same browser, as the server rendered it.
    pub(in crate::tests) fn open_another(&self, may_be_logged_in: bool) -> Self {
        Self::in_browser(Rc::clone(&self.browser), Rc::clone(&self.pool), may_be_logged_in)
    }

    /// Another tab, logged in with the cookie of this one.
    pub(in crate::tests) fn another_logged_in(&self) -> Self {
        let tab = self.open_another(true);
        tab.hydrate();
        assert!(tab.is_logged_in());
        tab
    }

    fn in_browser(browser: Rc<Browser>, pool: Rc<RefCell<LocalPool>>, may_be_logged_in: bool) -> Self {
        let life = Rc::default();
        let client = AuthClient::new(FakePlatform::new(Rc::clone(&browser), Rc::clone(&life)), may_be_logged_in);
        browser.open_tab(&client, &life);
        Self { client, server: Rc::clone(&browser.server), browser, life, pool }
    }

    /// Closes the tab, or kills its process.
    pub(in crate::tests) fn close(&self) {
        self.browser.close(&self.life);
        self.run();
    }

    pub(in crate::tests) fn freeze(&self) {
        self.life.freeze();
    }

    pub(in crate::tests) fn thaw(&self) {
        self.life.thaw();
        self.run();
    }

    /// A page on which Ada has just logged in.
    pub(in crate::tests) fn logged_in(policy: PolicyName) -> Self {
        let tab = Self::open(policy, false);
        tab.log_in().succeeded();
        tab
    }

    /// The same, visible.
    pub(in crate::tests) fn visible(policy: PolicyName) -> Self {
        let tab = Self::logged_in(policy);
        tab.set_visible(true);
        tab
    }

    /// A page on which Ada is logged in with an access token that has expired, if she has one.
    pub(in crate::tests) fn with_expired_token(policy: PolicyName) -> Self {
        let tab = Self::logged_in(policy);
        tab.advance(TOKEN_LIFETIME);
        tab.server.expire_tokens();
        tab
    }

    /// Tabs of one browser in which Ada is logged in, with expired tokens.
    pub(in crate::tests) fn several_with_expired_tokens(policy: PolicyName, count: usize) -> Vec<Self> {
        let tabs = Self::several(policy, count);
        tabs[0].advance(TOKEN_LIFETIME);
        tabs[0].server.expire_tokens();
        tabs
    }

    /// Tabs of one browser in which Ada is logged in, all of them visible.
    pub(in crate::tests) fn several_visible(policy: PolicyName, count: usize) -> Vec<Self> {
        let tabs = Self::several(policy, count);
        for tab in &tabs {
            tab.set_visible(true);
        }
        tabs
    }

    fn several(policy: PolicyName, count: usize) -> Vec<Self> {
        let first = Self::logged_in(policy);
        let mut tabs: Vec<_> = (1..count).map(|_| first.another_logged_in()).collect();
        tabs.push(first);
        tabs
    }

    pub(in crate::tests) fn two_with_expired_tokens(policy: PolicyName) -> [Self; 2] {
        let Ok(tabs) = Self::several_with_expired_tokens(policy, 2).try_into() else { unreachable!("two are two") };
        tabs
    }

    /// The page has become interactive, and no other tab replies to it.
    pub(in crate::tests) fn hydrate(&self) {
        self.start_client();
        if self.status() == Status::Unknown && !self.browser.holds_events.get() {
            self.advance(REPLY_TIMEOUT);
        }
    }

    /// The page has become interactive.
    pub(in crate::tests) fn start_client(&self) {
        self.client.start();
        self.run();
    }

    /// Logs in as Ada.
    pub(in crate::tests) fn log_in(&self) -> Call<()> {
        self.log_in_as("ada")
    }

    pub(in crate::tests) fn log_in_as(&self, user: &str) -> Call<()> {
        let client = Rc::clone(&self.client);
        let form = Login { email: user.to_owned(), ..Login::default() };
        self.start(async move { login::login(&client, &form).await.map(drop) })
    }

    pub(in crate::tests) fn refresh(&self) -> Call<()> {
        let client = Rc::clone(&self.client);
        self.start(async move { client.refresher.refresh(RefreshReason::Request).await })
    }

    pub(in crate::tests) fn change_password(&self) -> Call<()> {
        let form = ChangePassword { current_password: "old".into(), new_password: "new".into() };
        self.start(change_password(&self.client, &form))
    }

    pub(in crate::tests) fn log_out(&self) {
        self.client.logout();
        self.run();
    }

    pub(in crate::tests) fn cancel_reauthentication(&self) {
        self.client.cancel_reauthentication();
        self.run();
    }

    /// Sends a request through the interceptor, and runs until all tasks wait. The result is the status.
    pub(in crate::tests) fn call(&self, method: Method, path: &str) -> Call<u16> {
        self.send(Request::new(method, path))
    }

    pub(in crate::tests) fn get(&self, path: &str) -> Call<u16> {
        self.call(Method::Get, path)
    }

    pub(in crate::tests) fn send(&self, request: Request) -> Call<u16> {
        let client = Rc::clone(&self.client);
        self.start(async move { interceptor::send(&client, &request).await.map(|response| response.status) })
    }

    pub(super) fn start<T: 'static>(&self, call: impl Future<Output = Result<T, Error>> + 'static) -> Call<T> {
        let result = Rc::new(RefCell::new(None));
        let (call, abort) = abortable({
            let result = Rc::clone(&result);
            async move { _ = result.replace(Some(call.await)) }
        });
        let call = async { _ = call.await };
        self.client.platform.spawn(Box::pin(call));
        self.run();
        Call { result, abort }
    }

    /// Runs all tasks until all of them wait.
    pub(in crate::tests) fn run(&self) {
        self.pool.borrow_mut().run_until_stalled();
    }

    /// Lets time pass, timer by timer.
    pub(in crate::tests) fn advance(&self, time: Duration) {
        let until = self.browser.elapsed() + time;
        while self.browser.fire_next_timer(until) {
            self.run();
        }
    }

    /// Lets time pass until `left` remains of `lifetime`.
    pub(in crate::tests) fn advance_until_left(&self, lifetime: Duration, left: Duration) {
        self.advance(lifetime.saturating_sub(left));
    }

    /// The machine sleeps: time passes, and no timer fires.
    pub(in crate::tests) fn sleep(&self, time: Duration) {
        self.browser.skip(time);
    }

    /// The machine sleeps, and its monotonic clock stops meanwhile.
    pub(in crate::tests) fn sleep_with_stopped_clock(&self, time: Duration) {
        self.shift_wall_clock(time.as_secs_f64());
    }

    /// The user sets the wall clock, ahead or back by this number of seconds.
    pub(in crate::tests) fn shift_wall_clock(&self, seconds: f64) {
        let ahead = &self.browser.wall_clock_ahead;
        ahead.set(ahead.get() + seconds * 1000.0);
    }

    /// Breaks the open session-end streams.
    pub(in crate::tests) fn cut_streams(&self) {
        self.server.streams.cut();
        self.run();
    }

    pub(in crate::tests) fn status(&self) -> Status {
        self.client.session.status().get_untracked()
    }

    /// The name of the user that the page shows.
    pub(in crate::tests) fn user_name(&self) -> Option<String> {
        match self.status().identity() {
            Identity::User { name, .. } => Some(name),
            Identity::Anonymous | Identity::Unknown => None,
        }
    }

    pub(in crate::tests) fn is_logged_in(&self) -> bool {
        self.status().is_logged_in() == Some(true)
    }

    pub(in crate::tests) fn requires_reauth(&self) -> bool {
        matches!(self.status(), Status::ReauthRequired { .. })
    }

    pub(in crate::tests) fn connection(&self) -> Connection {
        self.client.session.connection().get_untracked()
    }

    pub(in crate::tests) fn is_online(&self) -> bool {
        self.connection() == Connection::Online
    }

    /// Number of refreshes that the server received.
    pub(in crate::tests) fn refreshes(&self) -> usize {
        self.server.count(REFRESH)
    }

    /// Number of requests that the server received, except logins.
    pub(in crate::tests) fn requests(&self) -> usize {
        self.server.total() - self.server.count(LOGIN)
    }
}
