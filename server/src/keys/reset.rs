//! Key reset, for a leaked key or master secret: replaces all keys and ends all sessions.
//!
//! The keys come first, in one transaction: from then on every node rejects all existing access tokens, including any
//! forged with a leaked key. Then the sessions end, page by page, so that other writers do not wait long. If that is
//! interrupted, another reset ends the rest.

use std::time::Duration;

use doorward_api::EndReason;
use tokio::time::sleep;

use crate::{
    clock::Clock,
    keys::{generate::generate_key, master_secret::MasterSecret, totp_seeds},
    model::{session::SessionId, session_end::EndedSession, totp::ResealedSeed},
    store::Store,
};

/// Sessions per transaction.
const PAGE_SIZE: i64 = 1000;

/// Pause between two transactions, so that other SQLite writers get a turn.
const PAUSE: Duration = Duration::from_millis(5);

/// Retires all keys in favor of a new one, which signs at once, and ends all sessions. Calls `on_ended` for each page
/// of them.
pub async fn reset(
    store: &Store,
    secret: &MasterSecret,
    clock: &Clock,
    on_ended: impl FnMut(Vec<EndedSession>),
) -> Result<(), sqlx::Error> {
    reset_keys(store, secret, &[], clock).await?;
    end_sessions(store, EndReason::KeysReset, clock, on_ended).await
}

/// A reset in a database that is restored from a backup: nothing that was valid when the backup was made is valid again.
pub async fn reset_restored(
    store: &Store,
    secret: &MasterSecret,
    clock: &Clock,
    on_ended: impl FnMut(Vec<EndedSession>),
) -> Result<(), sqlx::Error> {
    let seeds = totp_seeds::resealed(store, None, secret).await?;
    reset_keys(store, secret, &seeds, clock).await?;
    end_sessions_under(secret, store, EndReason::Restored, clock, on_ended).await
}

/// A reset that also makes `secret` the current one. Nodes with the previous secret stop. The seeds of one-time codes are
/// encrypted anew in the transaction of the keys; without `previous`, they are lost and deleted. The second step stays on: users
/// have recovery codes.
pub async fn replace_secret(
    store: &Store,
    (previous, secret): (Option<&MasterSecret>, &MasterSecret),
    clock: &Clock,
    on_ended: impl FnMut(Vec<EndedSession>),
) -> Result<(), sqlx::Error> {
    let seeds = totp_seeds::resealed(store, previous, secret).await?;
    reset_keys(store, secret, &seeds, clock).await?;
    finish_replacement(store, secret, clock, on_ended).await
}

/// What follows the reset of the keys. The fingerprint comes last: until then, a start with the new secret continues here.
pub async fn finish_replacement(
    store: &Store,
    secret: &MasterSecret,
    clock: &Clock,
    on_ended: impl FnMut(Vec<EndedSession>),
) -> Result<(), sqlx::Error> {
    end_sessions_under(secret, store, EndReason::KeysReset, clock, on_ended).await
}

/// Ends all sessions, and makes `secret` the current one.
async fn end_sessions_under(
    secret: &MasterSecret,
    store: &Store,
    reason: EndReason,
    clock: &Clock,
    on_ended: impl FnMut(Vec<EndedSession>),
) -> Result<(), sqlx::Error> {
    end_sessions(store, reason, clock, on_ended).await?;
    store.make_secret_current(&secret.fingerprint(), clock.now()).await
}

async fn end_sessions(
    store: &Store,
    reason: EndReason,
    clock: &Clock,
    mut on_ended: impl FnMut(Vec<EndedSession>),
) -> Result<(), sqlx::Error> {
    let mut after = SessionId(String::new());
    loop {
        let page = store.unended_sessions(&after, PAGE_SIZE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        on_ended(store.end_by_reset(&after, last, reason, clock.now()).await?);
        after = last.clone();
        sleep(PAUSE).await;
    }
}

async fn reset_keys(
    store: &Store,
    secret: &MasterSecret,
    seeds: &[ResealedSeed],
    clock: &Clock,
) -> Result<(), sqlx::Error> {
    loop {
        let (generation, now) = (store.newest_generation().await? + 1, clock.now());
        if store.reset_keys(&generate_key(generation, secret, now, now), seeds).await? {
            return Ok(());
        }
        // Another node has just added a key of this generation.
    }
}
