//! Loads the master secret and the signing keys at startup.
//!
//! The database stores the fingerprints of all master secrets so far, in order. A secret that it does not contain was
//! chosen by the operator as a new one, which [resets](reset) the keys. A node with a superseded secret does not start:
//! otherwise two nodes with different secrets would reset each other's keys forever.

use std::{fmt::Display, path::Path};

use crate::{
    clock::Clock,
    keys::{
        generate::generate_key,
        key_ring::{KeyRing, Keys, KeysError},
        master_secret::MasterSecret,
        reset::reset,
    },
    store::Store,
};

/// The error of a node whose master secret is not the current one.
pub const SECRET_SUPERSEDED: &str = "secret: superseded by a newer one on this database, from another node or an \
                                     earlier start; configure the newer one on this node";

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
    let is_used = is_used(store).await?;
    if is_used {
        tracing::warn!(
            "secret: {} is missing, although the database has been used with it; creating a new one",
            file.display()
        );
    }
    MasterSecret::create(file).map_err(secret_error)
}

/// Whether a server without a secret may create one.
pub async fn check_absent_secret(file: &Path, store: &Store) -> Result<(), String> {
    if !store.is_shared() || !is_used(store).await? {
        return Ok(());
    }
    // This is much more likely a second node than a lost file, and a new secret would log out all users.
    Err(format!(
        "secret: {} does not exist, but the database has been used with a secret: give this node the same one. If it is \
         lost, put a new one there (`umask 077; openssl rand -hex 32`), which logs out all users",
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

async fn is_used(store: &Store) -> Result<bool, String> {
    let generation = store.newest_generation().await.map_err(database_error)?;
    Ok(generation > 0 || !store.secret_fingerprints().await.map_err(database_error)?.is_empty())
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

/// The status of a secret, and the number of secrets that the database has been used with.
pub async fn secret_status(store: &Store, secret: &MasterSecret) -> Result<(SecretStatus, usize), sqlx::Error> {
    let (fingerprints, own) = (store.secret_fingerprints().await?, secret.fingerprint());
    let status = match fingerprints.iter().rposition(|(fingerprint, _)| *fingerprint == own) {
        Some(index) if index + 1 == fingerprints.len() => SecretStatus::Current,
        Some(_) => SecretStatus::Superseded,
        None if fingerprints.is_empty() => SecretStatus::First,
        None => SecretStatus::New,
    };
    Ok((status, fingerprints.len()))
}

/// Decrypts the keys in the database. Generates one at the very first start; with a new secret, [resets](reset) them
/// first. Errors are one line for the operator.
pub async fn open_key_ring(store: &Store, secret: MasterSecret, clock: &Clock) -> Result<KeyRing, String> {
    let (status, number) = secret_status(store, &secret).await.map_err(database_error)?;
    let opened = match status {
        SecretStatus::Superseded => return Err(SECRET_SUPERSEDED.into()),
        SecretStatus::First | SecretStatus::Current => {
            open_or_generate(store, &secret, clock).await.map_err(database_error)?
        }
        SecretStatus::New => Err(KeysError::WrongSecret),
    };
    let keys = match opened {
        Err(KeysError::WrongSecret) => {
            let mut ended = 0;
            reset(store, &secret, clock, |page| ended += page.len()).await.map_err(database_error)?;
            tracing::warn!("secret: has changed; all keys were reset, and {ended} sessions ended");
            open_or_generate(store, &secret, clock).await.map_err(database_error)?
        }
        opened => opened,
    };
    if status != SecretStatus::Current {
        store.add_secret_fingerprint(number, &secret.fingerprint(), clock.now()).await.map_err(database_error)?;
        if secret_status(store, &secret).await.map_err(database_error)?.0 != SecretStatus::Current {
            return Err(SECRET_RACE.into());
        }
    }
    let keys = keys.map_err(|error| match error {
        KeysError::WrongSecret => SECRET_RACE,
        KeysError::NoKeys | KeysError::Malformed => "the signing keys in the database are invalid",
    })?;
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
