//! The table `server_state`: values kept for the next start.

use super::Store;
use crate::clock::Moment;

/// The last time of day that a server trusted.
const TRUSTED_TIME: &str = "trusted_time";

/// The issuer of tokens.
const ISSUER: &str = "issuer";

impl Store {
    pub async fn trusted_time(&self) -> Result<Option<Moment>, sqlx::Error> {
        let value = self.server_state(TRUSTED_TIME).await?;
        Ok(value.and_then(|value| value.parse().ok()).map(Moment))
    }

    pub async fn set_trusted_time(&self, now: Moment) -> Result<(), sqlx::Error> {
        self.set_server_state(TRUSTED_TIME, &now.0.to_string()).await
    }

    pub async fn issuer(&self) -> Result<Option<String>, sqlx::Error> {
        self.server_state(ISSUER).await
    }

    pub async fn set_issuer(&self, issuer: &str) -> Result<(), sqlx::Error> {
        self.set_server_state(ISSUER, issuer).await
    }

    async fn server_state(&self, name: &str) -> Result<Option<String>, sqlx::Error> {
        sqlx::query_scalar("select value from server_state where name = $1").bind(name).fetch_optional(&self.read).await
    }

    async fn set_server_state(&self, name: &str, value: &str) -> Result<(), sqlx::Error> {
        self.transaction(|mut transaction| async move {
            sqlx::query(
                "insert into server_state (name, value) values ($1, $2) \
                 on conflict (name) do update set value = excluded.value",
            )
            .bind(name)
            .bind(value)
            .execute(&mut *transaction)
            .await?;
            transaction.commit().await
        })
        .await
    }
}
