//! Asks for the deletion of accounts, and undoes that. `store/deleted_users.rs` has what follows.

use doorward_api::{EndReason, EventKind};
use sqlx::AnyConnection;

use super::{
    administration::{UserChange, is_last_administrator, lock_administrators, user},
    end,
};
use crate::{
    clock::Moment,
    model::{
        audit::Actor,
        credential::CredentialHash,
        mail::OutgoingMail,
        session::SessionId,
        ticket::{NewTicket, TicketPurpose},
        user::UserId,
    },
    store::{Store, deleted_users, mails, tickets, transaction::Transaction, users},
};

/// A deletion to be written.
#[derive(Clone, Debug)]
pub struct NewDeletion {
    /// When it becomes final. A moment that is not in the future leaves nothing to undo.
    pub delete_at: Moment,
    /// The notice to the user. None where there is no mail.
    pub mail: Option<OutgoingMail>,
    /// Of the link in the mail that undoes the deletion.
    pub ticket: Option<NewTicket>,
}

impl Store {
    /// Asks for the deletion of an account, which ends its sessions. `by` is the session of the user that asks for it; the
    /// command line has none. The last administrator stays.
    pub async fn ask_deletion(
        &self,
        id: &UserId,
        deletion: &NewDeletion,
        by: Option<&SessionId>,
        actor: &Actor,
        now: Moment,
    ) -> Result<UserChange, sqlx::Error> {
        self.transaction(|mut transaction| async move {
            lock_administrators(&mut transaction).await?;
            let is_live = match by {
                Some(session) => end::is_live(&mut transaction, session, id, now).await?,
                None => true,
            };
            let refusal = if !is_live {
                Some(UserChange::CallerEnded)
            } else if let Some(user) = user(&mut transaction, id).await? {
                is_last_administrator(&mut transaction, &user).await?.then_some(UserChange::LastAdministrator)
            } else {
                Some(UserChange::UserUnknown)
            };
            if let Some(refusal) = refusal {
                transaction.roll_back().await?;
                return Ok(refusal);
            }

            let asked = sqlx::query("update users set delete_at = $1 where user_id = $2 and delete_at is null")
                .bind(deletion.delete_at)
                .bind(id)
                .execute(&mut *transaction)
                .await?;
            if asked.rows_affected() == 0 {
                transaction.roll_back().await?;
                return Ok(UserChange::Done { is_changed: false, ended: vec![] });
            }
            users::record(&mut transaction, EventKind::DeletionAsked, id, actor, now).await?;
            let reason = |_: &SessionId| Some(EndReason::AccountDeleted);
            let ended = end::end_all(&mut transaction, id, reason, None, actor, now).await?;
            tickets::delete_changes(&mut transaction, id).await?;
            if deletion.delete_at <= now {
                deleted_users::release(&mut transaction, id, now).await?;
            } else if let Some(ticket) = &deletion.ticket {
                tickets::replace(&mut transaction, ticket).await?;
            }
            mails::enqueue(&mut transaction, deletion.mail.as_slice(), now).await?;
            transaction.commit().await?;
            Ok(UserChange::Done { is_changed: true, ended })
        })
        .await
    }

    /// Uses the ticket of a link that undoes a deletion. `false` when it is not valid any more: of any number of concurrent
    /// uses, one succeeds.
    pub async fn undo_deletion(
        &self,
        id: &UserId,
        ticket: &CredentialHash,
        actor: &Actor,
        now: Moment,
    ) -> Result<bool, sqlx::Error> {
        self.transaction(|mut transaction| async move {
            if !cancel(&mut transaction, id, actor, now).await?
                || tickets::take(&mut transaction, ticket, TicketPurpose::DeletionUndo, now).await?.is_none()
            {
                transaction.roll_back().await?;
                return Ok(false);
            }
            transaction.commit().await?;
            Ok(true)
        })
        .await
    }

    /// Undoes a deletion on the word of the operator. `false` if there is none, or if it is final.
    pub async fn restore_user(&self, id: &UserId, now: Moment) -> Result<bool, sqlx::Error> {
        self.transaction(|mut transaction| async move {
            if !cancel(&mut transaction, id, &Actor::Operator, now).await? {
                transaction.roll_back().await?;
                return Ok(false);
            }
            delete_undo_ticket(&mut transaction, id).await?;
            transaction.commit().await?;
            Ok(true)
        })
        .await
    }

    /// Whether the user has a link that undoes the deletion.
    pub async fn has_deletion_undo(&self, id: &UserId, now: Moment) -> Result<bool, sqlx::Error> {
        let hash: Option<CredentialHash> = sqlx::query_scalar(
            "select token_hash from tickets where user_id = $1 and slot = 'deletion-undo' and expires_at > $2",
        )
        .bind(id)
        .bind(now)
        .fetch_optional(&self.read)
        .await?;
        Ok(hash.is_some())
    }
}

/// Cancels the deletion of an account, as part of a transaction; this `update` locks the row of the user. `false` if there is
/// none that can be undone.
async fn cancel(transaction: &mut Transaction, id: &UserId, actor: &Actor, now: Moment) -> Result<bool, sqlx::Error> {
    let canceled = sqlx::query(
        "update users set delete_at = null where user_id = $1 and delete_at is not null and stand_in is null",
    )
    .bind(id)
    .execute(&mut **transaction)
    .await?;
    if canceled.rows_affected() == 0 {
        return Ok(false);
    }
    users::record(transaction, EventKind::DeletionUndone, id, actor, now).await?;
    Ok(true)
}

/// Cancels the deletion of an account whose user reports a stranger, who may have asked for it.
pub(super) async fn cancel_of_stranger(
    transaction: &mut Transaction,
    id: &UserId,
    actor: &Actor,
    now: Moment,
) -> Result<(), sqlx::Error> {
    if cancel(transaction, id, actor, now).await? {
        delete_undo_ticket(transaction, id).await?;
    }
    Ok(())
}

async fn delete_undo_ticket(connection: &mut AnyConnection, id: &UserId) -> Result<(), sqlx::Error> {
    sqlx::query("delete from tickets where user_id = $1 and slot = 'deletion-undo'")
        .bind(id)
        .execute(connection)
        .await
        .map(drop)
}
