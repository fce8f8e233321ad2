//! Bars in Valkey: one takes the place of a cached session and means "read the database".

use std::{
    mem,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use redis::Pipeline;
use tokio::sync::Notify;

use crate::{clock::millis, model::credential::CredentialHash, valkey::Valkey};

/// The value of a bar, which is shorter than any entry.
pub const BAR: &[u8] = b"-";

/// Longer than an entry counts.
const LIFETIME: Duration = Duration::from_mins(1);

/// Bars per pipeline.
const BATCH_SIZE: usize = 1000;

/// Bars that may wait. Beyond it they are left out: the revocation set rejects the sessions, too.
const MAX_WAITING: usize = 10_000;

/// The key of the cached session of a credential.
pub fn key(credential: &CredentialHash) -> String {
    format!("doorward:s:{}", credential.as_str())
}

/// Makes all nodes read these sessions from the database: because they have ended, or the session or its user has
/// changed. Returns whether all bars are written; without Valkey there is nothing to bar.
pub async fn bar<'a>(valkey: &Valkey, credentials: impl IntoIterator<Item = &'a CredentialHash>) -> bool {
    if !valkey.is_configured() {
        return true;
    }
    let keys: Vec<String> = credentials.into_iter().map(key).collect();
    let mut are_written = true;
    for batch in keys.chunks(BATCH_SIZE) {
        let mut pipeline = Pipeline::with_capacity(batch.len());
        for key in batch {
            pipeline.cmd("SET").arg(key).arg(BAR).arg("PX").arg(millis(LIFETIME)).ignore();
        }
        are_written &= valkey.write_all(&pipeline).await;
    }
    are_written
}

/// Bars that nothing waits for: a slow Valkey must not hold up the polls of the database.
#[derive(Default)]
pub struct WaitingBars {
    credentials: Mutex<Vec<CredentialHash>>,
    changed: Notify,
}

impl WaitingBars {
    pub fn push(&self, credentials: impl IntoIterator<Item = CredentialHash>) {
        let mut waiting = self.credentials.lock().unwrap_or_else(PoisonError::into_inner);
        let room = MAX_WAITING.saturating_sub(waiting.len());
        waiting.extend(credentials.into_iter().take(room));
        self.changed.notify_one();
    }

    /// Writes the bars. Never returns.
    pub async fn write(&self, valkey: &Valkey) {
        loop {
            self.changed.notified().await;
            let waiting = mem::take(&mut *self.credentials.lock().unwrap_or_else(PoisonError::into_inner));
            bar(valkey, &waiting).await;
        }
    }
}
