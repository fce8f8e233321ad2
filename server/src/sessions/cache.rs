//! Live sessions in Valkey, beside the database: most requests and refreshes then need no query.
//!
//! Never a source of truth, and never a reason to reject a request: the database decides unless an entry
//! 1. opens: it was sealed by a node of this deployment, for this credential ([`EntrySealer`]), under the present keys;
//! 2. was read from the database less than [`MAX_AGE`] ago, by this node's clock;
//! 3. is of a session that the [revocation set](crate::revocation::set), which comes from the database, has as live.
//!
//! The third makes every fault of Valkey harmless within the staleness of the set. The bars make an end immediate: a bar
//! replaces the entry after the commit and before the response, and again by each node that learns of the end. It means
//! "read the database". An entry never replaces a bar: a node that read the session before its end and writes it after
//! that writes nothing, and one that is slower than a bar lasts writes an entry that is too old.

use std::{sync::Arc, time::Duration};

use redis::Cmd;

use super::cache_entry::EntrySealer;
pub use crate::revocation::bars::bar;
use crate::{
    clock::{Moment, millis},
    keys::key_ring::KeyRing,
    metrics::Metrics,
    model::{credential::CredentialHash, session::Session, user::Identity},
    revocation::bars::{BAR, key},
    valkey::Valkey,
};

/// How long an entry counts.
pub const MAX_AGE: Duration = Duration::from_secs(30);

pub struct SessionCache {
    valkey: Valkey,
    sealer: EntrySealer,
    key_ring: KeyRing,
    metrics: Arc<Metrics>,
}

impl SessionCache {
    pub fn new(valkey: Valkey, sealer: EntrySealer, key_ring: KeyRing, metrics: Arc<Metrics>) -> Self {
        Self { valkey, sealer, key_ring, metrics }
    }

    pub fn is_configured(&self) -> bool {
        self.valkey.is_configured()
    }

    pub async fn bar(&self, credentials: &[CredentialHash]) {
        bar(&self.valkey, credentials).await;
    }

    /// The session of an entry that opens and is recent. The caller asks the revocation set.
    pub async fn get(&self, credential: &CredentialHash, now: Moment) -> Option<(Session, Identity)> {
        let mut command = Cmd::new();
        command.arg("GET").arg(key(credential));
        let value: Vec<u8> = self.valkey.read::<Option<Vec<u8>>>(&command).await??;
        if value == BAR {
            self.metrics.session_cache.barred.inc();
            return None;
        }
        let entry = self.sealer.open(credential, &self.keys(), value)?;
        let is_recent = entry.read_at <= now && now.since(entry.read_at) < MAX_AGE;
        is_recent.then_some((entry.session, entry.user))
    }

    /// Keeps a session that was read from the database at `read_at` or later, until it is due to be read again.
    pub async fn put(
        &self,
        credential: &CredentialHash,
        (session, user): (&Session, &Identity),
        read_at: Moment,
        touch_interval: Duration,
    ) {
        let lifetime = lifetime(session, read_at, touch_interval);
        if lifetime.is_zero() || !self.is_configured() {
            return;
        }
        let value = self.sealer.seal(credential, &self.keys(), (session, user), read_at);
        let mut command = Cmd::new();
        command.arg("SET").arg(key(credential)).arg(value).arg("NX").arg("PX").arg(millis(lifetime));
        self.valkey.write(&command).await;
    }

    /// Entries of before a reset of the keys do not open: their sessions may not even exist, in a restored database.
    fn keys(&self) -> String {
        self.key_ring.current().newest().kid.clone()
    }
}

/// Until the next use of the session has to be written: with an older last use, each request would write it.
fn lifetime(session: &Session, now: Moment, touch_interval: Duration) -> Duration {
    if touch_interval.is_zero() {
        return MAX_AGE;
    }
    session.last_used_at.plus(touch_interval).since(now).min(MAX_AGE)
}
