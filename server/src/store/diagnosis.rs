//! The state of the database, for `doorward doctor`.

use sqlx::{AnyConnection, Connection};

use super::Store;
use crate::{clock::Moment, model::database_url::DatabaseUrl};

#[derive(Debug)]
pub enum Diagnosis {
    Sqlite {
        version: String,
        /// `ok`, or what is damaged.
        check: String,
    },
    Postgres {
        version: String,
        isolation: String,
        /// Whether a pooler gives one connection to several clients.
        is_pooled: bool,
        connections: i64,
        max_connections: i64,
        now: Moment,
    },
}

impl Store {
    pub async fn diagnose(&self, url: &DatabaseUrl) -> Result<Diagnosis, sqlx::Error> {
        let mut connection = self.read.acquire().await?;
        let DatabaseUrl::Postgres(url) = url else {
            let version = sqlx::query_scalar("select sqlite_version()").fetch_one(&mut *connection).await?;
            let check = sqlx::query_scalar("pragma quick_check(1)").fetch_one(&mut *connection).await?;
            return Ok(Diagnosis::Sqlite { version, check });
        };
        let (version, isolation, max_connections): (String, String, String) = sqlx::query_as(
            "select current_setting('server_version'), current_setting('default_transaction_isolation'), \
                    current_setting('max_connections')",
        )
        .fetch_one(&mut *connection)
        .await?;
        let (connections, now): (i64, Moment) = sqlx::query_as(
            "select count(*), (extract(epoch from clock_timestamp()) * 1000)::bigint from pg_stat_activity \
             where backend_type = 'client backend'",
        )
        .fetch_one(&mut *connection)
        .await?;
        Ok(Diagnosis::Postgres {
            version,
            isolation,
            is_pooled: is_pooled(url.as_str()).await?,
            connections,
            max_connections: max_connections.parse().unwrap_or(i64::MAX),
            now,
        })
    }
}

/// Whether two open connections reach the same process of the server, which only a pooler in transaction mode does.
async fn is_pooled(url: &str) -> Result<bool, sqlx::Error> {
    let (mut first, mut second) = (AnyConnection::connect(url).await?, AnyConnection::connect(url).await?);
    let one: i64 = sqlx::query_scalar("select pg_backend_pid()::bigint").fetch_one(&mut first).await?;
    let other: i64 = sqlx::query_scalar("select pg_backend_pid()::bigint").fetch_one(&mut second).await?;
    drop((first.close().await, second.close().await));
    Ok(one == other)
}
