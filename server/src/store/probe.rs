//! The readiness probe: the writes of a login.

use std::sync::atomic::Ordering;

use super::Store;
use crate::random;

impl Store {
    pub fn write_failed(&self) -> bool {
        self.write_failed.load(Ordering::Relaxed)
    }

    /// Writes what a login writes, and a row that is read back: on SQLite, which has connections of its own to read, on another one.
    pub async fn check_write(&self) -> Result<(), sqlx::Error> {
        let checked = async {
            self.try_login().await?;
            self.try_write().await
        };
        checked.await.inspect_err(|_| self.renew_connections())
    }

    /// Writes what a registration and a login write, and undoes it: a table that is missing, a permission that was revoked or
    /// a trigger that fails would otherwise show only when users are refused.
    async fn try_login(&self) -> Result<(), sqlx::Error> {
        let id = &format!("probe-{}", random::id());
        self.transaction(|mut transaction| async move {
            sqlx::query(
                "insert into users (user_id, email, name, roles, password_hash, password_version, created_at) \
                 values ($1, $1, '', '', $1, 0, 0)",
            )
            .bind(id)
            .execute(&mut *transaction)
            .await?;
            sqlx::query("insert into attempts (subject, failures, free_at) values ($1, 0, 0)")
                .bind(id)
                .execute(&mut *transaction)
                .await?;
            sqlx::query("update attempts set failures = 1 where subject = $1").bind(id).execute(&mut *transaction).await?;
            sqlx::query("delete from attempts where subject = $1").bind(id).execute(&mut *transaction).await?;
            sqlx::query("update users set password_version = 1 where user_id = $1")
                .bind(id)
                .execute(&mut *transaction)
                .await?;
            sqlx::query(
                "insert into sessions (session_id, user_id, policy, browser, os, ip, created_at, last_used_at, expires_at) \
                 values ($1, $1, '', '', '', '', 0, 0, 0)",
            )
            .bind(id)
            .execute(&mut *transaction)
            .await?;
            sqlx::query("update sessions set last_used_at = 1, ended_at = 1 where session_id = $1")
                .bind(id)
                .execute(&mut *transaction)
                .await?;
            sqlx::query("insert into events (event_id, happened_at, kind, user_id) values ($1, 0, '', $1)")
                .bind(id)
                .execute(&mut *transaction)
                .await?;
            let _: (String, String) = sqlx::query_as(
                "select u.email, s.session_id from users u join sessions s on s.user_id = u.user_id where u.user_id = $1",
            )
            .bind(id)
            .fetch_one(&mut *transaction)
            .await?;
            transaction.roll_back().await
        })
        .await
    }

    async fn try_write(&self) -> Result<(), sqlx::Error> {
        let written = self
            .transaction(|mut transaction| async move {
                let written: i64 =
                    sqlx::query_scalar("update write_probe set writes = writes + 1 where id = 1 returning writes")
                        .fetch_one(&mut *transaction)
                        .await?;
                transaction.commit().await?;
                Ok(written)
            })
            .await?;
        // After the transaction: with one connection to Postgres, it would wait for this one.
        let mut reader = self.read.acquire().await?;
        let read: i64 =
            sqlx::query_scalar("select writes from write_probe where id = 1").fetch_one(&mut *reader).await?;
        // The server cannot work without signing keys.
        sqlx::query("select generation from keys limit 1").fetch_optional(&mut *reader).await?;
        // Not `!=`: another node may have written since.
        if read < written {
            return Err(sqlx::Error::Protocol(format!(
                "write {written} is not visible to the next query, which reads {read}"
            )));
        }
        Ok(())
    }
}
