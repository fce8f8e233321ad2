//! The real server without a socket: its router, a clock that tests set, cheap password hashes.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{Router, http::Method};
use doorward_api::{CredentialStorage, PolicyName};
use serde_json::json;
use server::{
    clock::{Clock, Moment},
    config::{Config, RawSettings},
    http,
    state::AppState,
};

use super::{Browser, Database, PASSWORD, Request, Response, ValkeyServer, suite_log};

/// The origin under which browsers reach the server.
pub const PUBLIC_URL: &str = "https://doorward.test";

pub const MASTER_SECRET: &str = "the master secret of all tests, long enough";

/// 2026-01-01T00:00:00.250Z: not a full second, so that rounding shows.
const START: Moment = Moment(1_767_225_600_250);

/// The server under test. Clones are the same server.
#[derive(Clone)]
pub struct TestApp(Arc<Inner>);

struct Inner {
    database: Arc<Database>,
    clock: Clock,
    settings: Mutex<RawSettings>,
    running: Mutex<Running>,
    valkey: Option<Arc<ValkeyServer>>,
}

#[derive(Clone)]
struct Running {
    state: AppState,
    router: Router,
}

impl Running {
    async fn open(settings: RawSettings, clock: Clock) -> Result<Self, String> {
        let config = Config::try_from(settings)?;
        let public_url = config.public_url.clone().expect("the tests set it");
        let state = AppState::open(config, public_url, clock).await?;
        // A test may stop it first: then the server does without.
        drop(state.valkey.check().await);
        Ok(Self { router: http::router(state.clone()), state })
    }
}

impl TestApp {
    /// Starts on a fresh database, under the default policy.
    pub async fn start(database: Database) -> Self {
        Self::start_under(PolicyName::Retention, database).await
    }

    /// Starts on a fresh database, with this policy for users without a role.
    pub async fn start_under(policy: PolicyName, database: Database) -> Self {
        let settings = Self::settings(policy, &database);
        Self::open(database.into(), Clock::fixed(START), settings, None).await
    }

    /// The same with a Valkey of its own as `session_cache`.
    pub async fn start_with_valkey(policy: PolicyName, database: Database) -> Self {
        let valkey = ValkeyServer::start().await;
        let mut settings = Self::settings(policy, &database);
        settings.set("session_cache", valkey.url());
        Self::open(database.into(), Clock::fixed(START), settings, Some(valkey.into())).await
    }

    fn settings(policy: PolicyName, database: &Database) -> RawSettings {
        let mut settings = RawSettings::default();
        settings.set("policy", policy.name());
        settings.set("public_url", PUBLIC_URL);
        settings.set("database_url", &database.url);
        settings.set("data_dir", database.folder.path().display().to_string());
        settings.set("secret", MASTER_SECRET);
        settings.set("mail", "off");
        // A public page at `/`.
        settings.set("demo", "true");
        settings.set("argon2_memory_kib", "64");
        settings.set("argon2_iterations", "1");
        settings
    }

    /// Starts another node on the same database, with the same clock and settings.
    pub async fn another_node(&self) -> Self {
        let settings = self.0.settings.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Self::open(self.0.database.clone(), self.0.clock.clone(), settings, self.0.valkey.clone()).await
    }

    /// Starts another node that reaches the same database at another address.
    pub async fn another_node_at(&self, database_url: &str) -> Self {
        let mut settings = self.0.settings.lock().unwrap_or_else(PoisonError::into_inner).clone();
        settings.set("database_url", database_url);
        Self::open(self.0.database.clone(), self.0.clock.clone(), settings, self.0.valkey.clone()).await
    }

    async fn open(
        database: Arc<Database>,
        clock: Clock,
        settings: RawSettings,
        valkey: Option<Arc<ValkeyServer>>,
    ) -> Self {
        suite_log::start();
        let running = Running::open(settings.clone(), clock.clone()).await.expect("the server starts");
        let (settings, running) = (Mutex::new(settings), Mutex::new(running));
        Self(Arc::new(Inner { database, clock, settings, running, valkey }))
    }

    /// Restarts the server on the same database.
    pub async fn restart(&self) {
        self.restart_with(|_| {}).await;
    }

    /// Restarts the server on the same database with other settings.
    pub async fn restart_with(&self, change: impl FnOnce(&mut RawSettings)) {
        self.try_restart_with(change).await.expect("the server starts again");
    }

    /// Restarts the server with settings that it may refuse: then the old one keeps running.
    pub async fn try_restart_with(&self, change: impl FnOnce(&mut RawSettings)) -> Result<(), String> {
        let mut settings = self.0.settings.lock().unwrap_or_else(PoisonError::into_inner).clone();
        change(&mut settings);
        self.store_trusted_time().await;
        let running = Running::open(settings.clone(), self.0.clock.clone()).await?;
        *self.0.settings.lock().unwrap_or_else(PoisonError::into_inner) = settings;
        *self.0.running.lock().unwrap_or_else(PoisonError::into_inner) = running;
        Ok(())
    }

    fn running(&self) -> Running {
        self.0.running.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn router(&self) -> Router {
        self.running().router
    }

    /// The server's inside, for its keys and its background jobs.
    pub fn state(&self) -> AppState {
        self.running().state
    }

    pub fn database(&self) -> &Database {
        &self.0.database
    }

    /// The Valkey of a server that was started with one.
    pub fn valkey(&self) -> &ValkeyServer {
        self.0.valkey.as_ref().expect("a server with Valkey")
    }

    /// Empties the cache, if there is one: for tests that change the database behind the server.
    pub async fn forget_cached_sessions(&self) {
        if let Some(valkey) = &self.0.valkey {
            valkey.command(&["FLUSHALL"]).await;
        }
    }

    /// The policy for users without a role.
    pub fn policy(&self) -> PolicyName {
        self.state().policies.default.name
    }

    /// What a browser stores of a session under that policy.
    pub fn credential_storage(&self) -> CredentialStorage {
        self.policy().credential_storage()
    }

    /// How many seconds after the idle timeout a session may still be live. Under `server-session` not every use is
    /// written down, because every request is one.
    pub fn touch_interval(&self, idle_timeout: u64) -> u64 {
        if self.credential_storage() == CredentialStorage::SessionCookie { (idle_timeout / 10).min(60) } else { 0 }
    }

    pub fn now(&self) -> Moment {
        self.0.clock.now()
    }

    /// The current time, in seconds since 1970.
    pub fn unix_time(&self) -> i64 {
        self.0.clock.now().seconds()
    }

    /// Lets seconds pass.
    pub fn advance(&self, seconds: u64) {
        self.0.clock.advance(Duration::from_secs(seconds));
    }

    /// Lets milliseconds pass.
    pub fn advance_millis(&self, millis: u64) {
        self.0.clock.advance(Duration::from_millis(millis));
    }

    /// Sets the wall clock forward or, with a negative number, back, without letting time pass.
    pub fn shift_wall_clock(&self, seconds: i64) {
        self.0.clock.set(Moment(self.0.clock.now().0 + seconds * 1000));
    }

    /// Sets the wall clock to the real time, which other processes use.
    pub fn set_wall_clock_to_now(&self) {
        self.0.clock.set(Clock::system().now());
    }

    pub fn get(&self, path: &str) -> Request {
        Request::new(self.clone(), Method::GET, path)
    }

    /// A POST request of one of our own pages.
    pub fn post(&self, path: &str) -> Request {
        self.request("POST", path)
    }

    /// A request of one of our own pages, with any method.
    pub fn request(&self, method: &str, path: &str) -> Request {
        let method = method.parse().expect("a method");
        Request::new(self.clone(), method, path).header("sec-fetch-site", "same-origin")
    }

    pub async fn register(&self, email: &str, password: &str) -> Response {
        let form = json!({"email": email, "password": password, "name": "Ada Lovelace"});
        self.post("/api/auth/register").json(&form).await
    }

    pub async fn log_in(&self, email: &str, password: &str) -> Response {
        self.post("/api/auth/login").json(&json!({"email": email, "password": password})).await
    }

    /// A new browser in which this user has logged in with [`PASSWORD`]; registers the user if necessary.
    pub async fn logged_in(&self, email: &str) -> Browser {
        if self.state().mailer.is_on() {
            return self.logged_in_without_code(email).await;
        }
        let mut response = self.register(email, PASSWORD).await;
        if response.status == 409 {
            response = self.log_in(email, PASSWORD).await;
        }
        Browser::from_response(self, email, response)
    }

    /// Registers on a node that sends no mails, so that none of a registration is in the outbox.
    async fn logged_in_without_code(&self, email: &str) -> Browser {
        let node = self.another_node().await;
        node.restart_with(|settings| settings.set("mail", "off")).await;
        let response = Box::pin(node.register(email, PASSWORD)).await;
        if response.status == 201 {
            return Browser::from_response(&node, email, response).on_node(self);
        }
        Browser::from_response(self, email, self.log_in(email, PASSWORD).await)
    }
}
