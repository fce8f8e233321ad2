//! At start: the master secret, and with it the keys.
//!
//! The database remembers the fingerprints of its secrets, in the order in which they came. A secret that it has never seen
//! is the operator's decision for a new one, with all that follows: a [reset]. One that was followed by another is out of
//! date, and whoever has it does not start: so of two nodes with different secrets one serves, and they do not reset each
//! other for ever.

use std::{fmt::Display, path::Path};

use crate::{
    clock::Clock,
    keys::{
        generate::generate_key,
        key_ring::{KeyRing, Keys, Unusable},
        master_secret::MasterSecret,
        reset::reset,
    },
    store::Store,
};

/// The master secret, from the settings or the file; at the very first start it is made. An error is one line for the
/// operator.
pub async fn secret(setting: Option<&MasterSecret>, file: &Path, store: &Store) -> Result<MasterSecret, String> {
    if let Some(secret) = configured(setting, file)? {
        return Ok(secret);
    }
    let is_used = is_used(store).await?;
    if is_used && store.is_shared() {
        // Much more likely the second node than a lost file: a new secret would log everybody out.
        return Err(format!(
            "secret: there is none in {}, but the database has been used with one: give this node the same. If it is lost, \
             put a new one there (`openssl rand -hex 32`), which logs everybody out",
            file.display()
        ));
    }
    if is_used {
        tracing::warn!(
            "secret: {} is missing, although the database has been used with it; a new one is made",
            file.display()
        );
    }
    MasterSecret::create(file).map_err(named)
}

/// The master secret of a server that has been started before.
pub fn configured(setting: Option<&MasterSecret>, file: &Path) -> Result<Option<MasterSecret>, String> {
    match setting {
        Some(secret) => Ok(Some(secret.clone())),
        None => MasterSecret::load(file).map_err(named),
    }
}

fn named(error: impl Display) -> String {
    format!("secret: {error}")
}

fn unreachable(error: impl Display) -> String {
    format!("database_url: {error}")
}

async fn is_used(store: &Store) -> Result<bool, String> {
    let generation = store.newest_generation().await.map_err(unreachable)?;
    Ok(generation > 0 || !store.secrets().await.map_err(unreachable)?.is_empty())
}

/// What the database says of a secret.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SecretStatus {
    /// It has not been used with any.
    First,
    /// It is the present one.
    Present,
    /// Others were in use, and never this one.
    New,
    /// It was in use, and another one since.
    Replaced,
}

/// What the database says of this secret, and how many it has been used with.
pub async fn secret_status(store: &Store, secret: &MasterSecret) -> Result<(SecretStatus, usize), sqlx::Error> {
    let (secrets, mine) = (store.secrets().await?, secret.fingerprint());
    let status = match secrets.iter().rposition(|(fingerprint, _)| *fingerprint == mine) {
        Some(at) if at + 1 == secrets.len() => SecretStatus::Present,
        Some(_) => SecretStatus::Replaced,
        None if secrets.is_empty() => SecretStatus::First,
        None => SecretStatus::New,
    };
    Ok((status, secrets.len()))
}

/// What is said of a secret that was replaced.
pub const REPLACED: &str = "secret: was replaced by a newer one on this database, from another node or at another start; \
                            this node has to be given the newer one";

/// The keys in the database, opened. At the very first start with a new one, with a new secret after a [reset]. An error
/// is one line for the operator.
pub async fn keys(store: &Store, secret: MasterSecret, clock: &Clock) -> Result<KeyRing, String> {
    let (status, number) = self::secret_status(store, &secret).await.map_err(unreachable)?;
    let opened = match status {
        SecretStatus::Replaced => return Err(REPLACED.into()),
        SecretStatus::First | SecretStatus::Present => {
            open_or_begin(store, &secret, clock).await.map_err(unreachable)?
        }
        SecretStatus::New => Err(Unusable::AnotherSecret),
    };
    let keys = match opened {
        Err(Unusable::AnotherSecret) => {
            let mut ended = 0;
            reset(store, &secret, clock, |page| ended += page.len()).await.map_err(unreachable)?;
            tracing::warn!("secret: is another one than before: all keys were reset, and {ended} sessions have ended");
            open_or_begin(store, &secret, clock).await.map_err(unreachable)?
        }
        opened => opened,
    };
    if status != SecretStatus::Present {
        store.add_secret(number, &secret.fingerprint(), clock.now()).await.map_err(unreachable)?;
        if self::secret_status(store, &secret).await.map_err(unreachable)?.0 != SecretStatus::Present {
            return Err("secret: another node has just started with another one".into());
        }
    }
    let keys = keys.map_err(|unusable| match unusable {
        Unusable::AnotherSecret => "secret: another node has just started with another one".to_owned(),
        Unusable::None | Unusable::Broken => "the signing keys in the database cannot be read".into(),
    })?;
    Ok(KeyRing::new(keys, secret))
}

async fn open_or_begin(
    store: &Store,
    secret: &MasterSecret,
    clock: &Clock,
) -> Result<Result<Keys, Unusable>, sqlx::Error> {
    // Before the keys are read: otherwise, of two nodes that begin at the same time, each could add one.
    let (generation, now) = (store.newest_generation().await? + 1, clock.now());
    let mut stored = store.keys().await?;
    if stored.is_empty() {
        store.add_key(&generate_key(generation, secret, now, now)).await?;
        // Read it back: another node may have been first.
        stored = store.keys().await?;
    }
    Ok(Keys::open(stored, secret, now))
}
