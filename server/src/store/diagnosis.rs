//! The state of the database, for `doorward doctor`.

use sqlx::{AnyConnection, Connection};

use super::{Store, explain::explain};
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
    /// An error is one line for the operator.
    pub async fn diagnose(&self, url: &DatabaseUrl) -> Result<Diagnosis, String> {
        self.read_diagnosis(url).await.map_err(|error| explain(&error))
    }

    async fn read_diagnosis(&self, url: &DatabaseUrl) -> Result<Diagnosis, sqlx::Error> {
        let mut connection = self.read.acquire().await?;
        let DatabaseUrl::Postgres(url) = url else {
            let version = sqlx::query_scalar("select sqlite_version()").fetch_one(&mut *connection).await?;
            let check = sqlx::query_scalar("pragma quick_check(1)").fetch_one(&mut *connection).await?;
            return Ok(Diagnosis::Sqlite { version, check });
        };
        let (version, isolation, max_connections): (String, String, i64) = sqlx::query_as(
            "select current_setting('server_version'), current_setting('default_transaction_isolation'), \
                    current_setting('max_connections')::bigint",
        )
        .fetch_one(&mut *connection)
        .await?;
        // A role that is nothing special does not see the connections of others in `pg_stat_activity`.
        let (connections, now): (i64, Moment) = sqlx::query_as(
            "select coalesce(sum(numbackends), 0)::bigint, (extract(epoch from clock_timestamp()) * 1000)::bigint \
             from pg_stat_database",
        )
        .fetch_one(&mut *connection)
        .await?;
        Ok(Diagnosis::Postgres {
            version,
            isolation,
            is_pooled: is_pooled(url.as_str()).await?,
            connections,
            max_connections,
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
