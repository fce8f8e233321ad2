//! The panic button: no key that was is any more, and nobody is logged in.
//!
//! First the keys, in one transaction: from then on, on all nodes, every access token is refused, also one that was forged
//! with a stolen key. Then the sessions, a part at a time so that nobody waits, on the path of every revocation.
//! Whatever comes in between, the same again ends what is left.

use std::time::Duration;

use tokio::time::sleep;

use crate::{
    clock::Clock,
    keys::{generate::generate_key, master_secret::MasterSecret},
    model::session::{EndedSession, SessionId},
    store::Store,
};

/// So many sessions in one transaction.
const PAGE: i64 = 1000;

/// Between two of them, so that whoever else wants to write into SQLite gets a reload.
const PAUSE: Duration = Duration::from_millis(5);

/// Retires all keys in favour of a new one, which signs at once, and ends all sessions; tells `ended` of them.
pub async fn reset(
    store: &Store,
    secret: &MasterSecret,
    clock: &Clock,
    mut tell: impl FnMut(Vec<EndedSession>),
) -> Result<(), sqlx::Error> {
    reset_keys(store, secret, clock).await?;
    let mut after = SessionId(String::new());
    loop {
        let page = store.unended_sessions(&after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        tell(store.end_by_reset(&after, last, clock.now()).await?);
        after = last.clone();
        sleep(PAUSE).await;
    }
}

async fn reset_keys(store: &Store, secret: &MasterSecret, clock: &Clock) -> Result<(), sqlx::Error> {
    loop {
        let (generation, now) = (store.newest_generation().await? + 1, clock.now());
        if store.reset_keys(&generate_key(generation, secret, now, now)).await? {
            return Ok(());
        }
        // A node has just added one in the ordinary way.
    }
}
