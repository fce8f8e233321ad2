//! The connection to Valkey, for [cached sessions](crate::sessions::cache). It may fail at any time: then nothing is read
//! for a second, and sessions come from the database. Bars are always tried.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};

use redis::{
    Client, Cmd, ErrorKind, FromRedisValue, Pipeline, RedisError, RedisResult,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use tokio::time::timeout;

use crate::{
    clock::{Clock, millis},
    log_once::FailureLog,
    metrics::Metrics,
    model::valkey_url::ValkeyUrl,
};

/// Maximum wait of a request: by then the database has usually answered.
const READ_TIMEOUT: Duration = Duration::from_millis(50);

/// Maximum wait of the end of a session, which takes effect on all nodes at once only if its write arrives.
const WRITE_TIMEOUT: Duration = Duration::from_millis(500);

const CONNECT_TIMEOUT: Duration = Duration::from_millis(100);

/// After a failure, one request is tried in each interval; all others but bars do without.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// An error of Valkey, as a line for the operator.
#[derive(Debug)]
pub struct ValkeyError(pub String);

impl std::fmt::Display for ValkeyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ValkeyError {}

impl From<RedisError> for ValkeyError {
    fn from(error: RedisError) -> Self {
        let text = error.to_string().replace(['\r', '\n'], " ");
        Self(match error.kind() {
            _ if error.is_timeout() => "does not answer in time; is it Valkey?".into(),
            ErrorKind::Parse | ErrorKind::UnexpectedReturnType => format!("does not answer like Valkey: {text}"),
            ErrorKind::AuthenticationFailed => format!("rejects the user or the password: {text}"),
            _ if error.is_connection_dropped() && !error.is_connection_refusal() => {
                format!("has closed the connection; is it Valkey? ({text})")
            }
            _ => text,
        })
    }
}

/// A connection that is made when it is needed, and again when it is lost.
pub fn connect(url: &ValkeyUrl, response_timeout: Duration) -> Result<ConnectionManager, ValkeyError> {
    let config = ConnectionManagerConfig::new()
        // The crate's default is to wait for six attempts.
        .set_number_of_retries(0)
        .set_connection_timeout(Some(CONNECT_TIMEOUT))
        .set_response_timeout(Some(response_timeout));
    Ok(ConnectionManager::new_lazy_with_config(Client::open(url.connection_info())?, config)?)
}

/// What failed: Valkey that reads but does not write (a replica, no memory, no permission) has not recovered when it reads.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Access {
    Read,
    Write,
}

/// Valkey, if it is configured: otherwise every method does nothing.
#[derive(Clone, Default)]
pub struct Valkey(Option<Arc<Shared>>);

struct Shared {
    url: ValkeyUrl,
    connection: ConnectionManager,
    clock: Clock,
    metrics: Arc<Metrics>,
    /// Whether the latest request failed.
    is_pausing: AtomicBool,
    /// The uptime in milliseconds at which the next request may be tried while pausing.
    retry_at: AtomicI64,
    failures: Mutex<Failures>,
}

struct Failures {
    failing: Option<Access>,
    log: FailureLog,
}

impl Valkey {
    /// Does not connect yet: see [`Valkey::check`].
    pub fn new(url: Option<&ValkeyUrl>, clock: &Clock, metrics: &Arc<Metrics>) -> Result<Self, ValkeyError> {
        metrics.session_cache.up.set(1);
        let Some(url) = url else { return Ok(Self(None)) };
        Ok(Self(Some(Arc::new(Shared {
            url: url.clone(),
            connection: connect(url, WRITE_TIMEOUT)?,
            clock: clock.clone(),
            metrics: metrics.clone(),
            is_pausing: AtomicBool::default(),
            retry_at: AtomicI64::default(),
            failures: Mutex::new(Failures {
                failing: None,
                log: FailureLog::new("session cache (without it, the database is read)"),
            }),
        }))))
    }

    pub fn is_configured(&self) -> bool {
        self.0.is_some()
    }

    pub fn url(&self) -> Option<&ValkeyUrl> {
        self.0.as_ref().map(|shared| &shared.url)
    }

    /// Connects, so that the log says at the start what is wrong.
    pub async fn check(&self) -> Result<(), ValkeyError> {
        let Some(shared) = &self.0 else { return Ok(()) };
        let checked = within(CONNECT_TIMEOUT + WRITE_TIMEOUT, ping(&mut shared.connection.clone())).await;
        shared.note(Access::Read, checked)
    }

    /// `None` when Valkey is not configured, or fails.
    pub async fn read<T: FromRedisValue>(&self, command: &Cmd) -> Option<T> {
        let shared = self.0.as_ref().filter(|shared| shared.may_request())?;
        let done = within(READ_TIMEOUT, command.query_async(&mut shared.connection.clone())).await;
        shared.note(Access::Read, done).ok()
    }

    /// Writes what may as well be missing.
    pub async fn write(&self, command: &Cmd) {
        let Some(shared) = self.0.as_ref().filter(|shared| shared.may_request()) else { return };
        let done = within(READ_TIMEOUT, command.exec_async(&mut shared.connection.clone())).await;
        drop(shared.note(Access::Write, done));
    }

    /// Writes bars; returns whether all are written. Also after a failure, but then without a long wait: a single slow read
    /// must not keep an end from the other nodes.
    pub async fn write_all(&self, pipeline: &Pipeline) -> bool {
        let Some(shared) = &self.0 else { return false };
        let wait = if shared.is_pausing.load(Ordering::Acquire) { READ_TIMEOUT } else { WRITE_TIMEOUT };
        let done = within(wait, pipeline.exec_async(&mut shared.connection.clone())).await;
        shared.note(Access::Write, done).is_ok()
    }
}

async fn ping(connection: &mut ConnectionManager) -> RedisResult<()> {
    let answer: String = redis::cmd("PING").query_async(connection).await?;
    if answer == "PONG" {
        return Ok(());
    }
    Err((ErrorKind::UnexpectedReturnType, "the answer to PING is not PONG").into())
}

async fn within<T>(wait: Duration, request: impl Future<Output = RedisResult<T>>) -> RedisResult<T> {
    let answer = timeout(wait, request).await;
    answer.unwrap_or_else(|_| Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into()))
}

impl Shared {
    /// Whether to send a request: always, or once per interval while Valkey fails.
    fn may_request(&self) -> bool {
        if !self.is_pausing.load(Ordering::Acquire) {
            return true;
        }
        let (now, due) = (self.clock.uptime(), self.retry_at.load(Ordering::Acquire));
        let next = millis(now + RETRY_INTERVAL);
        millis(now) >= due && self.retry_at.compare_exchange(due, next, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    fn note<T>(&self, access: Access, done: RedisResult<T>) -> Result<T, ValkeyError> {
        if done.is_ok() && self.metrics.session_cache.up.get() == 1 {
            return Ok(done?);
        }
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        match done {
            Ok(done) => {
                self.is_pausing.store(false, Ordering::Release);
                if failures.failing == Some(access) {
                    failures.failing = None;
                    failures.log.record::<ValkeyError>(&Ok(()));
                    self.metrics.session_cache.up.set(1);
                }
                Ok(done)
            }
            Err(error) => {
                let error = ValkeyError(format!("{}: {}", self.url.address(), ValkeyError::from(error)));
                // Bars that fail do not put off the next attempt.
                if !self.is_pausing.load(Ordering::Acquire) {
                    self.retry_at.store(millis(self.clock.uptime() + RETRY_INTERVAL), Ordering::Release);
                }
                self.is_pausing.store(true, Ordering::Release);
                failures.failing.get_or_insert(access);
                self.metrics.session_cache.up.set(0);
                failures.log.record(&Err(&error));
                Err(error)
            }
        }
    }
}
