//! Reloads the key ring after another node or the command line has changed the keys in the database.

use std::time::Duration;

use tokio::time::timeout;

use super::key_ring::{KeyRing, KeysError};
use crate::{clock::Moment, store::Store};

/// A query that takes longer counts as failed.
const QUERY_TIMEOUT: Duration = Duration::from_millis(1500);

/// Reloads the keys if they have changed in the database. A node whose master secret was superseded keeps its keys and
/// stops serving.
pub async fn reload(store: &Store, key_ring: &KeyRing, now: Moment) -> Result<(), sqlx::Error> {
    let _lock = key_ring.lock_for_reload().await;
    let version = timeout(QUERY_TIMEOUT, store.key_set_version()).await.map_err(|_| sqlx::Error::PoolTimedOut)??;
    if version == key_ring.current().version || key_ring.is_secret_superseded() {
        return Ok(());
    }
    let stored = timeout(QUERY_TIMEOUT, store.keys()).await.map_err(|_| sqlx::Error::PoolTimedOut)??;
    match key_ring.reload(stored, now) {
        Ok(()) | Err(KeysError::WrongSecret) => Ok(()),
        Err(error) => {
            Err(sqlx::Error::Decode(format!("the signing keys in the database are invalid: {error:?}").into()))
        }
    }
}
