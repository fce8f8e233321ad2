//! The table `mails`, for the sender: a claim is the right of one node to send a mail until a deadline.

use doorward_api::EventKind;
use sqlx::FromRow;

use super::{Store, audit, transaction::Transaction};
use crate::{
    clock::Moment,
    model::{
        audit::{Actor, AuditEvent},
        credential::CredentialHash,
        mail::{ClaimedMail, MailId, MailOutcome},
        user::UserId,
    },
};

/// Mails per query.
const BATCH_SIZE: i64 = 1000;

#[derive(FromRow)]
struct ClaimedRow {
    user_id: Option<UserId>,
    purpose: String,
    sealed: String,
    ticket_hash: Option<CredentialHash>,
    created_at: Moment,
    give_up_at: Moment,
    attempts: i64,
}

/// Whether a ticket is still good for something. Links to set a password and codes for a
/// new email are void after a change of password or email; notices of changes are not: then they matter most.
async fn is_live(transaction: &mut Transaction, ticket: &CredentialHash, now: Moment) -> Result<bool, sqlx::Error> {
    let tickets: i64 = sqlx::query_scalar(
        "select count(*) from tickets t where t.token_hash = $1 and t.expires_at > $2 \
           and (t.purpose not in ('reset', 'email-change', 'email-verification') or t.user_id is null or exists \
             (select 1 from users u where u.user_id = t.user_id and u.disabled_at is null and u.email = t.email \
                and u.password_version = t.password_version and u.factors_version = t.factors_version))",
    )
    .bind(ticket)
    .bind(now)
    .fetch_one(&mut **transaction)
    .await?;
    let registrations: i64 =
        sqlx::query_scalar("select count(*) from registrations where ticket_hash = $1 and expires_at > $2")
            .bind(ticket)
            .bind(now)
            .fetch_one(&mut **transaction)
            .await?;
    Ok(tickets + registrations > 0)
}

impl Store {
    /// Mails that no node is sending and whose time has come, the longest waiting first.
    pub async fn due_mails(&self, now: Moment) -> Result<Vec<MailId>, sqlx::Error> {
        sqlx::query_scalar(
            "select mail_id from mails where done_at is null and send_at <= $1 order by send_at limit $2",
        )
        .bind(now)
        .bind(BATCH_SIZE)
        .fetch_all(&self.read)
        .await
    }

    /// Claims a due mail until `deadline`: of any number of nodes, one gets it. `None` for the others.
    ///
    /// `expired_at` is the time by which tickets may have expired.
    pub async fn claim_mail(
        &self,
        id: &MailId,
        now: Moment,
        deadline: Moment,
        expired_at: Moment,
    ) -> Result<Option<ClaimedMail>, sqlx::Error> {
        self.transaction(|mut transaction| async move {
            let row: Option<ClaimedRow> = sqlx::query_as(
                "update mails set send_at = $1, attempts = attempts + 1, failure = null \
                 where mail_id = $2 and send_at <= $3 and done_at is null \
                 returning user_id, purpose, sealed, ticket_hash, created_at, give_up_at, attempts",
            )
            .bind(deadline)
            .bind(id)
            .bind(now)
            .fetch_optional(&mut *transaction)
            .await?;
            let Some(row) = row else {
                transaction.roll_back().await?;
                return Ok(None);
            };
            let is_useful = match &row.ticket_hash {
                Some(ticket) => is_live(&mut transaction, ticket, expired_at).await?,
                None => true,
            };
            transaction.commit().await?;
            let ClaimedRow { user_id, purpose, sealed, created_at, give_up_at, attempts, .. } = row;
            Ok(Some(ClaimedMail {
                id: id.clone(),
                user_id,
                purpose,
                sealed,
                is_useful,
                created_at,
                give_up_at,
                attempts,
            }))
        })
        .await
    }

    /// Ends a mail and empties it. A failure is an audit event of the user.
    pub async fn finish_mail(
        &self,
        mail: &ClaimedMail,
        outcome: MailOutcome<'_>,
        now: Moment,
    ) -> Result<(), sqlx::Error> {
        let failure = match outcome {
            MailOutcome::Sent => None,
            MailOutcome::Dropped => Some("dropped"),
            MailOutcome::Failed(reason) => Some(reason),
        };
        self.transaction(|mut transaction| async move {
            let finished = sqlx::query(
                "update mails set sealed = '', done_at = $1, failure = $2 where mail_id = $3 and done_at is null",
            )
            .bind(now)
            .bind(failure)
            .bind(&mail.id)
            .execute(&mut *transaction)
            .await?;
            let is_failure = matches!(outcome, MailOutcome::Failed(_)) && finished.rows_affected() == 1;
            if let Some(user_id) = mail.user_id.as_ref().filter(|_| is_failure) {
                let actor = &Actor::System;
                let (kind, user_id) = (EventKind::MailFailed, Some(user_id));
                let event = AuditEvent { kind, user_id, session_id: None, reason: None, actor };
                audit::record(&mut transaction, &event, now).await?;
            }
            transaction.commit().await
        })
        .await
    }

    /// Ends the claim of a mail, to try it again at `send_at`. Has no effect once another node has claimed it.
    pub async fn postpone_mail(&self, mail: &ClaimedMail, send_at: Moment, reason: &str) -> Result<(), sqlx::Error> {
        self.transaction(|mut transaction| async move {
            sqlx::query(
                "update mails set send_at = $1, failure = $2 where mail_id = $3 and attempts = $4 and done_at is null",
            )
            .bind(send_at)
            .bind(reason)
            .bind(&mail.id)
            .bind(mail.attempts)
            .execute(&mut *transaction)
            .await?;
            transaction.commit().await
        })
        .await
    }

    /// Makes failed mails due. Those that a node is sending stay its own: a claim clears the failure. Returns their number.
    pub async fn retry_mails(&self, now: Moment) -> Result<u64, sqlx::Error> {
        self.write(|| {
            sqlx::query("update mails set send_at = $1 where done_at is null and send_at > $1 and failure is not null")
                .bind(now)
        })
        .await
    }

    /// Makes all waiting mails due, also claimed ones: for the only server of a database, at its start.
    pub async fn release_mails(&self, now: Moment) -> Result<(), sqlx::Error> {
        self.transaction(|mut transaction| async move {
            sqlx::query("update mails set send_at = $1 where done_at is null and send_at > $1")
                .bind(now)
                .execute(&mut *transaction)
                .await?;
            transaction.commit().await
        })
        .await
    }
}
