//! The denylist in Valkey: ended sessions for services that keep nothing in memory (PHP, functions, nginx), and so cannot
//! follow the feed.
//!
//! A service reads `mget doorward:ended doorward:ended:<sid>` after it has verified a token:
//! - `doorward:ended:<sid>` exists, with the reason, while an access token of the ended session can be valid.
//! - `doorward:ended`, the heartbeat, says that the denylist is complete: `<run>:<time>`, all that ended before that time, in
//!   milliseconds, is in it. It expires within 3 seconds. Without it the denylist says nothing about any session.
//!
//! So an empty or failed-over Valkey never reads as "no session has ended". Each node writes all ends of its revocation
//! set, which comes from the database, and vouches only for its own writes. It notices their loss by a witness: a key of its own, whose
//! value it replaces after each batch of writes, and only if the value is the one that it wrote last. A flush removes the
//! witness; a failover or an old snapshot keeps a prefix of the writes, so a witness that is still the latest proves all
//! writes before it. The heartbeat depends on the same comparison, in one script. After a loss the node writes everything
//! again. Keys that Valkey evicts vanish without a trace, so a Valkey that may evict gets no heartbeat.

use std::time::Duration;

use redis::{Cmd, Pipeline, aio::ConnectionManager};
use tokio::time::sleep;

use super::{
    feed::Page,
    set::{RETENTION, RevocationStatus, Revocations},
};
use crate::{
    clock::{Clock, Moment, every, millis},
    log_once::FailureLog,
    model::{session::SessionId, valkey_url::ValkeyUrl},
    random,
    valkey::{self, Valkey, ValkeyError},
};

const HEARTBEAT: &str = "doorward:ended";

const INTERVAL: Duration = Duration::from_secs(1);

/// From the last poll of the database on.
const HEARTBEAT_LIFETIME: Duration = Duration::from_secs(3);

/// Less than the minute by which entries outlive the tokens: when the clock of Valkey jumps so far that entries expire too
/// early, the witness has expired, too.
const WITNESS_LIFETIME: Duration = Duration::from_secs(30);

const RESPONSE_TIMEOUT: Duration = Duration::from_secs(1);

/// Ends that follow each other are written together.
const COALESCE: Duration = Duration::from_millis(20);

/// Entries per pipeline.
const BATCH_SIZE: u64 = 1000;

/// Replaces the witness if it is the expected one, and with it, if given, the heartbeat.
const ADVANCE: &str = "if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('set', KEYS[1], ARGV[2], 'px', ARGV[3])
if KEYS[2] then redis.call('set', KEYS[2], ARGV[4], 'pxat', ARGV[5]) end
return 1";

/// Writes the denylist. Never returns, unless Valkey is not configured.
pub async fn run(valkey: &Valkey, revocations: &Revocations, clock: &Clock) {
    let mut failures = FailureLog::new("denylist in Valkey");
    let mut denylist = match Denylist::open(valkey, revocations, clock) {
        Ok(Some(denylist)) => denylist,
        Ok(None) => return,
        Err(error) => {
            failures.record(&Err(error));
            return;
        }
    };
    // What the set has at the start may be older than the moment from which on it counts as fresh.
    revocations.next_poll().await;
    let mut ends = revocations.feed().subscribe();
    let mut tick = every(INTERVAL);
    let address = valkey.url().map(ValkeyUrl::address).unwrap_or_default();
    loop {
        let published = tokio::select! {
            _ = tick.tick() => denylist.publish().await,
            Ok(()) = ends.changed() => {
                sleep(COALESCE).await;
                denylist.write_ends().await
            }
        };
        let published = published.map_err(|error| ValkeyError(format!("{address}: {error}")));
        if !failures.record(&published) {
            sleep(INTERVAL).await;
        }
    }
}

pub struct Denylist<'a> {
    connection: ConnectionManager,
    revocations: &'a Revocations,
    clock: &'a Clock,
    run: String,
    /// The value that the witness must have; `None` before everything is written anew.
    witness: Option<String>,
    /// The number in the log of the feed up to which all is written.
    written: u64,
}

impl<'a> Denylist<'a> {
    /// `None` when Valkey is not configured.
    pub fn open(valkey: &Valkey, revocations: &'a Revocations, clock: &'a Clock) -> Result<Option<Self>, ValkeyError> {
        let Some(url) = valkey.url() else { return Ok(None) };
        let connection = valkey::connect(url, RESPONSE_TIMEOUT)?;
        Ok(Some(Self { connection, revocations, clock, run: random::id(), witness: None, written: 0 }))
    }

    /// Writes the ends that are not written yet, and the heartbeat.
    pub async fn publish(&mut self) -> Result<(), ValkeyError> {
        // Before the log is read: what has ended until then is in it.
        let complete_until = self.revocations.complete_until();
        self.write_ends().await?;
        let Some(complete_until) = complete_until else { return Ok(()) };
        let is_written = match self.beat(complete_until).await {
            Ok(true) => return Ok(()),
            Ok(false) => self.write_ends().await,
            Err(error) => Err(error),
        };
        if is_written.is_err() {
            self.witness = None;
        }
        is_written
    }

    /// Writes the ends that are not written yet; everything again, if something is lost.
    pub async fn write_ends(&mut self) -> Result<(), ValkeyError> {
        let written = match self.try_write_ends().await {
            Ok(false) => self.try_write_ends().await,
            written => written,
        };
        match written {
            Ok(true) => Ok(()),
            Ok(false) => Err(ValkeyError("has lost again what had just been written".into())),
            Err(error) => {
                self.witness = None;
                Err(error)
            }
        }
    }

    /// `false` when something that was written is lost.
    async fn try_write_ends(&mut self) -> Result<bool, ValkeyError> {
        if self.witness.is_none() {
            self.check_eviction().await?;
            self.begin().await?;
        }
        while let Some(page) = self.next_page() {
            if !self.write(page).await? {
                self.witness = None;
                return Ok(false);
            }
            self.written = page.end;
        }
        Ok(true)
    }

    /// Writes the heartbeat. `false` when something that was written is lost.
    async fn beat(&mut self, complete_until: Moment) -> Result<bool, ValkeyError> {
        let valkey_now = self.check_eviction().await?;
        // By both clocks, because either may have stood still.
        let age = self.clock.now().since(complete_until).max(self.revocations.staleness());
        let lifetime = HEARTBEAT_LIFETIME.saturating_sub(age);
        if lifetime.is_zero() {
            return Ok(true);
        }
        let mut heartbeat = self.advance(2);
        // By Valkey's clock, because one that is frozen writes it later.
        let expires_at = valkey_now.plus(lifetime);
        heartbeat.arg(format!("{}:{}", self.run, complete_until.0)).arg(expires_at.0);
        let is_latest: bool = heartbeat.query_async(&mut self.connection).await?;
        if !is_latest {
            self.witness = None;
        }
        Ok(is_latest)
    }

    fn key(&self) -> String {
        format!("doorward:node:{}", self.run)
    }

    /// Writes a first witness. What is lost from now on shows.
    async fn begin(&mut self) -> Result<(), ValkeyError> {
        let witness = random::id();
        let mut command = Cmd::new();
        command.arg("SET").arg(self.key()).arg(&witness).arg("PX").arg(millis(WITNESS_LIFETIME));
        command.exec_async(&mut self.connection).await?;
        self.written = 0;
        self.witness = Some(witness);
        Ok(())
    }

    /// The next entries of the log that are not written. Earlier ones may have been removed, because their tokens have
    /// expired, or numbered anew.
    fn next_page(&self) -> Option<Page> {
        let log = self.revocations.feed().range();
        let begin = self.written.max(log.start);
        (begin < log.end).then(|| Page { after: Some(begin), end: log.end.min(begin + BATCH_SIZE) })
    }

    /// `false` when something that was written before is lost.
    async fn write(&mut self, page: Page) -> Result<bool, ValkeyError> {
        let mut pipeline = Pipeline::new();
        for (session_id, _) in self.revocations.feed().read(page) {
            let reason = match self.revocations.check(&SessionId(session_id.clone())) {
                RevocationStatus::Ended(end) => end.reason.name(),
                // For a service, the session under its old id has ended.
                RevocationStatus::Rotated => doorward_api::EndReason::PasswordChanged.name(),
                RevocationStatus::Live | RevocationStatus::Unavailable => continue,
            };
            // The whole retention, because the clocks of nodes differ: another one may have written a longer rest.
            let key = format!("{HEARTBEAT}:{session_id}");
            pipeline.cmd("SET").arg(key).arg(reason).arg("PX").arg(millis(RETENTION)).ignore();
        }
        let advance = self.advance(1);
        let (is_latest,): (bool,) = pipeline.add_command(advance).query_async(&mut self.connection).await?;
        Ok(is_latest)
    }

    /// The command that replaces the witness, with this number of keys.
    fn advance(&mut self, keys: usize) -> Cmd {
        let next = random::id();
        let expected = self.witness.replace(next.clone()).unwrap_or_default();
        let mut command = Cmd::new();
        command.arg("EVAL").arg(ADVANCE).arg(keys).arg(self.key());
        if keys > 1 {
            command.arg(HEARTBEAT);
        }
        command.arg(expected).arg(next).arg(millis(WITNESS_LIFETIME));
        command
    }

    /// Fails if Valkey may evict entries. Returns its time of day from before the answer.
    async fn check_eviction(&mut self) -> Result<Moment, ValkeyError> {
        let info: String = redis::cmd("INFO").query_async(&mut self.connection).await?;
        let value = |name: &str| info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        match (value("maxmemory"), value("maxmemory_policy")) {
            (Some("0"), _) | (_, Some("noeviction")) => {}
            (_, policy) => {
                return Err(ValkeyError(format!(
                    "Valkey may evict entries (maxmemory-policy {}), so services cannot rely on them; set `noeviction`",
                    policy.unwrap_or("unknown")
                )));
            }
        }
        let micros: Option<i64> = value("server_time_usec").and_then(|text| text.parse().ok());
        micros
            .map(|micros| Moment(micros / 1000))
            .ok_or_else(|| ValkeyError("does not report its time (`server_time_usec`); use Valkey, or Redis 7".into()))
    }
}
