//! Deletes users whose deletion is final: first what identifies them, which frees the address, and later, in batches, what
//! nodes may still need to reject access tokens of ended sessions.

use doorward_api::EventKind;

use super::{Store, attempts, audit, transaction::Transaction};
use crate::{
    clock::Moment,
    model::{
        audit::{Actor, AuditEvent},
        email::Email,
        rate_limit::RateLimitKey,
        session::SessionId,
        user::UserId,
    },
    random,
};

/// Takes from a user, whose sessions have ended, what identifies them, as part of a transaction. Cannot be undone.
pub(super) async fn release(transaction: &mut Transaction, id: &UserId, now: Moment) -> Result<(), sqlx::Error> {
    let email: Option<Email> = sqlx::query_scalar(
        "update users set stand_in = $1 where user_id = $2 and delete_at <= $3 and stand_in is null returning email",
    )
    .bind(UserId::stand_in())
    .bind(id)
    .bind(now)
    .fetch_optional(&mut **transaction)
    .await?;
    let Some(email) = email else { return Ok(()) };
    sqlx::query(
        "update users set email = stand_in || '@deleted.invalid', email_verified_at = null, name = '', search_name = '', \
                roles = '', password_hash = '', second_step = 0, last_second_factor = '', webauthn_handle = null, factors_reset_at = null where user_id = $1",
    )
    .bind(id)
    .execute(&mut **transaction)
    .await?;
    attempts::clear(transaction, &RateLimitKey::all_of(&email)).await?;
    attempts::clear(transaction, &RateLimitKey::second_factors(id)).await?;
    sqlx::query("delete from mail_limits where subject = $1")
        .bind(RateLimitKey::mails_to(&email))
        .execute(&mut **transaction)
        .await?;
    delete_belongings(transaction, id).await
}

async fn delete_belongings(transaction: &mut Transaction, id: &UserId) -> Result<(), sqlx::Error> {
    sqlx::query("delete from user_search_terms where owner_id = $1").bind(id).execute(&mut **transaction).await?;
    sqlx::query("delete from tickets where user_id = $1").bind(id).execute(&mut **transaction).await?;
    sqlx::query("delete from passkeys where user_id = $1").bind(id).execute(&mut **transaction).await?;
    sqlx::query("delete from totp_seeds where user_id = $1").bind(id).execute(&mut **transaction).await?;
    sqlx::query("delete from recovery_codes where user_id = $1").bind(id).execute(&mut **transaction).await?;
    sqlx::query("delete from pending_logins where user_id = $1").bind(id).execute(&mut **transaction).await?;
    sqlx::query("delete from mails where user_id = $1").bind(id).execute(&mut **transaction).await?;
    Ok(())
}

impl Store {
    /// Releases the addresses of up to 100 users whose deletion has become final. Returns their number.
    pub async fn release_deleted(&self, now: Moment) -> Result<usize, sqlx::Error> {
        let due: Vec<UserId> =
            sqlx::query_scalar("select user_id from users where delete_at <= $1 and stand_in is null limit 100")
                .bind(now)
                .fetch_all(&self.read)
                .await?;
        for id in &due {
            self.transaction(|mut transaction| async move {
                release(&mut transaction, id, now).await?;
                transaction.commit().await
            })
            .await?;
        }
        Ok(due.len())
    }

    /// A user whose deletion became final before `before`, with their stand-in.
    pub async fn removable_user(&self, before: Moment) -> Result<Option<(UserId, UserId)>, sqlx::Error> {
        sqlx::query_as(
            "select user_id, stand_in from users where delete_at <= $1 and stand_in is not null order by delete_at limit 1",
        )
        .bind(before)
        .fetch_optional(&self.read)
        .await
    }

    /// Puts the stand-in in the place of a deleted user in up to 100 audit events about them and 100 by them, and takes away
    /// what leads back to the user. Returns their number.
    pub async fn disown_events(&self, id: &UserId, stand_in: &UserId) -> Result<u64, sqlx::Error> {
        let events: Vec<(String, Option<SessionId>)> =
            sqlx::query_as("select event_id, session_id from events where user_id = $1 limit 100")
                .bind(id)
                .fetch_all(&self.read)
                .await?;
        let events = &events;
        self.transaction(|mut transaction| async move {
            for (event_id, session_id) in events {
                sqlx::query(
                    "update events set event_id = $1, user_id = $2, session_id = null, ip = null, browser = null, os = null \
                     where event_id = $3",
                )
                .bind(without_session(event_id, session_id.as_ref()))
                .bind(stand_in)
                .bind(event_id)
                .execute(&mut *transaction)
                .await?;
            }
            let caused = sqlx::query(
                "update events set actor_id = $1 where event_id in (select event_id from events where actor_id = $2 limit 100)",
            )
            .bind(stand_in)
            .bind(id)
            .execute(&mut *transaction)
            .await?;
            transaction.commit().await?;
            Ok(events.len() as u64 + caused.rows_affected())
        })
        .await
    }

    /// Deletes up to 100 sessions of a deleted user. Returns their number.
    pub async fn delete_sessions_of(&self, id: &UserId) -> Result<usize, sqlx::Error> {
        self.transaction(|mut transaction| async move {
            let sessions: Vec<SessionId> = sqlx::query_scalar(
                "delete from sessions where session_id in (select session_id from sessions where user_id = $1 limit 100) \
                 returning session_id",
            )
            .bind(id)
            .fetch_all(&mut *transaction)
            .await?;
            let limits: Vec<_> = sessions.iter().map(RateLimitKey::current_password).collect();
            attempts::clear(&mut transaction, &limits).await?;
            transaction.commit().await?;
            Ok(sessions.len())
        })
        .await
    }

    /// Deletes the row of a user who has neither sessions nor events any more, and records that.
    pub async fn remove_user(&self, id: &UserId, stand_in: &UserId, now: Moment) -> Result<(), sqlx::Error> {
        self.transaction(|mut transaction| async move {
            delete_belongings(&mut transaction, id).await?;
            let removed =
                sqlx::query("delete from users where user_id = $1").bind(id).execute(&mut *transaction).await?;
            // Another node may have been faster.
            if removed.rows_affected() == 1 {
                let event = AuditEvent {
                    kind: EventKind::DeletionDone,
                    user_id: Some(stand_in),
                    session_id: None,
                    reason: None,
                    actor: &Actor::System,
                };
                audit::record(&mut transaction, &event, now).await?;
            }
            transaction.commit().await
        })
        .await
    }
}

/// The ID of an event, without the ID of its session: events of all users at once have it at their end.
fn without_session(event_id: &str, session_id: Option<&SessionId>) -> String {
    match session_id.and_then(|session_id| event_id.strip_suffix(&session_id.0)) {
        Some(prefix) => format!("{prefix}{}", random::id()),
        None => event_id.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_an_event_of_all_users_loses_the_session() {
        let session = SessionId("0123abcd".into());
        let renamed = without_session("ffff0123abcd", Some(&session));
        assert!(renamed.starts_with("ffff") && !renamed.contains("0123abcd"), "{renamed}");
        assert_eq!(without_session("03aaaa", Some(&session)), "03aaaa");
        assert_eq!(without_session("03aaaa", None), "03aaaa");
    }
}
