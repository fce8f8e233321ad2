//! The tables `keys` and `secrets`: signing keys, and fingerprints of the master secrets that encrypted them.

use sqlx::{AnyConnection, FromRow};

use super::{Store, totp_seeds};
use crate::{
    clock::Moment,
    model::{
        signing_key::{KeySetVersion, StoredKey},
        totp::ResealedSeed,
    },
};

macro_rules! key_columns {
    () => {
        "generation, kid, public_key, private_key, published_at, signs_from, retired_at"
    };
}

#[derive(FromRow)]
struct Row {
    generation: i64,
    kid: String,
    public_key: String,
    private_key: String,
    published_at: Moment,
    signs_from: Moment,
    retired_at: Option<Moment>,
}

/// Inserts a key, as part of a transaction. `false` when its generation is taken.
async fn add(connection: &mut AnyConnection, key: &StoredKey) -> Result<bool, sqlx::Error> {
    let added = sqlx::query(
        "insert into keys (generation, kid, public_key, private_key, published_at, signs_from) \
         values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
    )
    .bind(key.generation)
    .bind(&key.kid)
    .bind(&key.public_key)
    .bind(&key.private_key)
    .bind(key.published_at)
    .bind(key.signs_from)
    .execute(connection)
    .await?;
    Ok(added.rows_affected() == 1)
}

impl Store {
    /// The keys that are not retired.
    pub async fn keys(&self) -> Result<Vec<StoredKey>, sqlx::Error> {
        let rows: Vec<Row> = sqlx::query_as(concat!("select ", key_columns!(), " from keys where retired_at is null"))
            .fetch_all(&self.read)
            .await?;
        Ok(rows.into_iter().map(StoredKey::from).collect())
    }

    /// All keys, also retired ones, newest first.
    pub async fn all_keys(&self) -> Result<Vec<StoredKey>, sqlx::Error> {
        let rows: Vec<Row> = sqlx::query_as(concat!("select ", key_columns!(), " from keys order by generation desc"))
            .fetch_all(&self.read)
            .await?;
        Ok(rows.into_iter().map(StoredKey::from).collect())
    }

    pub async fn key_set_version(&self) -> Result<KeySetVersion, sqlx::Error> {
        sqlx::query_as("select generation, kid from keys where retired_at is null order by generation")
            .fetch_all(&self.read)
            .await
            .map(KeySetVersion)
    }

    /// The newest generation, also of retired keys; 0 when there are no keys.
    pub async fn newest_generation(&self) -> Result<i64, sqlx::Error> {
        let newest: Option<i64> = sqlx::query_scalar("select max(generation) from keys").fetch_one(&self.read).await?;
        Ok(newest.unwrap_or(0))
    }

    /// Adds a key and notifies the other nodes. `false` when its generation is taken: of two nodes that add a key at
    /// the same time, one succeeds.
    pub async fn add_key(&self, key: &StoredKey) -> Result<bool, sqlx::Error> {
        self.transaction(|mut transaction| async move {
            if !add(&mut transaction, key).await? {
                transaction.roll_back().await?;
                return Ok(false);
            }
            transaction.notify_after_commit(key.published_at);
            transaction.commit().await?;
            Ok(true)
        })
        .await
    }

    /// Retires all keys and adds `key` in their place, and replaces the seeds of one-time codes. `false` when its generation is
    /// taken: then nothing has changed.
    pub async fn reset_keys(&self, key: &StoredKey, seeds: &[ResealedSeed]) -> Result<bool, sqlx::Error> {
        self.transaction(|mut transaction| async move {
            sqlx::query("update keys set retired_at = $1, private_key = '' where retired_at is null")
                .bind(key.published_at)
                .execute(&mut *transaction)
                .await?;
            if !add(&mut transaction, key).await? {
                transaction.roll_back().await?;
                return Ok(false);
            }
            for seed in seeds {
                totp_seeds::reseal(&mut transaction, seed).await?;
            }
            transaction.notify_after_commit(key.published_at);
            transaction.commit().await?;
            Ok(true)
        })
        .await
    }

    /// Retires the keys that were superseded before `superseded_before`, and deletes their private keys.
    pub async fn retire_keys(&self, superseded_before: Moment, now: Moment) -> Result<u64, sqlx::Error> {
        self.transaction(|mut transaction| async move {
            let retired = sqlx::query(
                "update keys set retired_at = $1, private_key = '' where retired_at is null and generation < \
                 (select max(generation) from keys where signs_from <= $2 and retired_at is null)",
            )
            .bind(now)
            .bind(superseded_before)
            .execute(&mut *transaction)
            .await?;
            if retired.rows_affected() > 0 {
                transaction.notify_after_commit(now);
            }
            transaction.commit().await?;
            Ok(retired.rows_affected())
        })
        .await
    }

    pub async fn delete_retired_keys(&self, before: Moment) -> Result<(), sqlx::Error> {
        self.transaction(|mut transaction| async move {
            sqlx::query("delete from keys where retired_at < $1").bind(before).execute(&mut *transaction).await?;
            transaction.commit().await
        })
        .await
    }

    /// The fingerprints of all master secrets so far, each with the time of its first use; the current one is the last.
    pub async fn secret_fingerprints(&self) -> Result<Vec<(String, Moment)>, sqlx::Error> {
        sqlx::query_as("select fingerprint, first_used_at from secrets order by number").fetch_all(&self.read).await
    }

    /// Adds the first secret. `false` when another node has added one first.
    pub async fn add_first_secret(&self, fingerprint: &str, now: Moment) -> Result<bool, sqlx::Error> {
        self.transaction(|mut transaction| async move {
            let added = sqlx::query(
                "insert into secrets (number, fingerprint, first_used_at) values (0, $1, $2) on conflict do nothing",
            )
            .bind(fingerprint)
            .bind(now)
            .execute(&mut *transaction)
            .await?;
            transaction.commit().await?;
            Ok(added.rows_affected() == 1)
        })
        .await
    }

    /// Makes a secret the current one, whether it is new or has been superseded.
    pub async fn make_secret_current(&self, fingerprint: &str, now: Moment) -> Result<(), sqlx::Error> {
        self.transaction(|mut transaction| async move {
            // `where true`, because SQLite would take `on` for a part of the `from` clause.
            sqlx::query(
                "insert into secrets (number, fingerprint, first_used_at) \
                 select coalesce(max(number), -1) + 1, $1, $2 from secrets where true \
                 on conflict (fingerprint) do update set number = excluded.number",
            )
            .bind(fingerprint)
            .bind(now)
            .execute(&mut *transaction)
            .await?;
            transaction.commit().await
        })
        .await
    }
}

impl From<Row> for StoredKey {
    fn from(row: Row) -> Self {
        let Row { generation, kid, public_key, private_key, published_at, signs_from, retired_at } = row;
        Self { generation, kid, public_key, private_key, published_at, signs_from, retired_at }
    }
}
