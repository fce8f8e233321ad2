//! Loads the master secret and the signing keys at startup.
//!
//! The database stores the fingerprints of all master secrets so far, in order. A node with any other than the last one
//! does not start, and changes nothing: a mistake on one node must not log out the users of all. The operator
//! [replaces](super::reset::replace_secret) the secret with a command that asks for confirmation.

use std::{fmt::Display, path::Path};

use crate::{
    clock::Clock,
    keys::{
        generate::generate_key,
        key_ring::{KeyRing, Keys, KeysError},
        master_secret::MasterSecret,
        reset::finish_replacement,
    },
    store::Store,
};

/// The error of a node whose master secret is not the current one.
pub const SECRET_SUPERSEDED: &str = "secret: superseded by a newer one on this database; configure that one on this node. \
                                     To go back to this one, run `doorward keys reset --new-secret`, which ends all \
                                     sessions";

pub const SECRET_UNKNOWN: &str = "secret: not the one that this database has been used with; configure that one. To replace it, \
                              run `doorward keys reset --new-secret`, which ends all sessions";

const SECRET_RACE: &str = "secret: another node has just started with a different one";

/// Loads the master secret from the settings or the file; creates the file at the very first start. Errors are one line
/// for the operator.
pub async fn load_or_create_secret(
    setting: Option<&MasterSecret>,
    file: &Path,
    store: &Store,
) -> Result<MasterSecret, String> {
    if let Some(secret) = load_secret(setting, file)? {
        return Ok(secret);
    }
    check_absent_secret(file, store).await?;
    MasterSecret::create(file).map_err(secret_error)
}

/// Whether a server without a secret may create one.
pub async fn check_absent_secret(file: &Path, store: &Store) -> Result<(), String> {
    if !is_used(store).await.map_err(database_error)? {
        return Ok(());
    }
    // Probably a second node or a volume that is not mounted; a new secret would log out all users.
    Err(format!(
        "secret: {} does not exist, but the database has been used with a secret: restore the file, or configure the \
         secret. If it is lost, `doorward keys reset --new-secret` creates a new one and ends all sessions",
        file.display()
    ))
}

/// Loads the master secret from the settings or the file, if there is one.
pub fn load_secret(setting: Option<&MasterSecret>, file: &Path) -> Result<Option<MasterSecret>, String> {
    match setting {
        Some(secret) => Ok(Some(secret.clone())),
        None => MasterSecret::load(file).map_err(secret_error),
    }
}

fn secret_error(error: impl Display) -> String {
    format!("secret: {error}")
}

fn database_error(error: impl Display) -> String {
    format!("database_url: {error}")
}

/// Whether the database has been used with any secret.
pub async fn is_used(store: &Store) -> Result<bool, sqlx::Error> {
    Ok(store.newest_generation().await? > 0 || !store.secret_fingerprints().await?.is_empty())
}

/// The relation of a master secret to those that the database has been used with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SecretStatus {
    /// The database has not been used with any secret.
    First,
    Current,
    /// The database has been used with others only.
    New,
    /// The database has been used with this one, and with another since.
    Superseded,
}

pub async fn secret_status(store: &Store, secret: &MasterSecret) -> Result<SecretStatus, sqlx::Error> {
    let (fingerprints, own) = (store.secret_fingerprints().await?, secret.fingerprint());
    Ok(match fingerprints.iter().rposition(|(fingerprint, _)| *fingerprint == own) {
        Some(index) if index + 1 == fingerprints.len() => SecretStatus::Current,
        Some(_) => SecretStatus::Superseded,
        None if fingerprints.is_empty() => SecretStatus::First,
        None => SecretStatus::New,
    })
}

/// Why a server with this secret does not start, in one line.
pub fn explain(error: KeysError, status: SecretStatus) -> &'static str {
    match (error, status) {
        (KeysError::Malformed, _) => {
            "database_url: the public keys in its table `keys` are damaged; restore the table, or run `doorward keys reset`"
        }
        (_, SecretStatus::Superseded) => SECRET_SUPERSEDED,
        (_, SecretStatus::Current) => {
            "secret: being replaced by another one right now; configure that one. If no replacement is running, the private keys \
             in the table `keys` are damaged: restore the table, or run `doorward keys reset`"
        }
        (_, SecretStatus::New | SecretStatus::First) => SECRET_UNKNOWN,
    }
}

/// Decrypts the keys in the database; generates one at the very first start. Errors are one line for the operator.
pub async fn open_key_ring(store: &Store, secret: MasterSecret, clock: &Clock) -> Result<KeyRing, String> {
    let status = secret_status(store, &secret).await.map_err(database_error)?;
    let opened = match status {
        SecretStatus::First | SecretStatus::Current => open_or_generate(store, &secret, clock).await,
        SecretStatus::New | SecretStatus::Superseded => {
            store.keys().await.map(|stored| Keys::open(stored, &secret, clock.now()))
        }
    };
    let keys = opened.map_err(database_error)?.map_err(|error| explain(error, status))?;
    match status {
        SecretStatus::Current => {}
        SecretStatus::First => {
            store.add_first_secret(&secret.fingerprint(), clock.now()).await.map_err(database_error)?;
        }
        // The keys are encrypted with this secret: the operator has replaced the previous one, which was interrupted.
        SecretStatus::New | SecretStatus::Superseded => {
            finish_replacement(store, &secret, clock, |_| {}).await.map_err(database_error)?;
            tracing::warn!("secret: an interrupted `keys reset --new-secret` is complete now; all sessions have ended");
        }
    }
    if secret_status(store, &secret).await.map_err(database_error)? != SecretStatus::Current {
        return Err(SECRET_RACE.into());
    }
    Ok(KeyRing::new(keys, secret))
}

async fn open_or_generate(
    store: &Store,
    secret: &MasterSecret,
    clock: &Clock,
) -> Result<Result<Keys, KeysError>, sqlx::Error> {
    // The generation is read before the keys: otherwise two nodes that start at the same time could each add one.
    let (generation, now) = (store.newest_generation().await? + 1, clock.now());
    let mut stored = store.keys().await?;
    if stored.is_empty() {
        store.add_key(&generate_key(generation, secret, now, now)).await?;
        // Read it back: another node may have added one first.
        stored = store.keys().await?;
    }
    Ok(Keys::open(stored, secret, now))
}
