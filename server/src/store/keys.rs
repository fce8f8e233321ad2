//! The key ring's rows.

use sqlx::FromRow;

use super::Store;
use crate::{clock::Moment, key_ring::StoredKey};

#[derive(FromRow)]
struct Row {
    generation: i64,
    kid: String,
    public_key: String,
    private_key: String,
    published_at: Moment,
    signs_from: Moment,
}

impl Store {
    /// The keys that are not retired.
    pub async fn keys(&self) -> Result<Vec<StoredKey>, sqlx::Error> {
        let rows: Vec<Row> = sqlx::query_as(
            "select generation, kid, public_key, private_key, published_at, signs_from from keys where retired_at is null",
        )
        .fetch_all(&self.read)
        .await?;
        Ok(rows.into_iter().map(StoredKey::from).collect())
    }

    /// Adds a key, unless its generation is taken: of two nodes that add one at the same time, one wins.
    pub async fn add_key(&self, key: &StoredKey) -> Result<(), sqlx::Error> {
        sqlx::query(
            "insert into keys (generation, kid, public_key, private_key, published_at, signs_from) \
             values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
        )
        .bind(key.generation)
        .bind(&key.kid)
        .bind(&key.public_key)
        .bind(&key.private_key)
        .bind(key.published_at)
        .bind(key.signs_from)
        .execute(&self.write)
        .await
        .map(drop)
    }
}

impl From<Row> for StoredKey {
    fn from(row: Row) -> Self {
        let Row { generation, kid, public_key, private_key, published_at, signs_from } = row;
        Self { generation, kid, public_key, private_key, published_at, signs_from }
    }
}
