//! Invitations, in the table `tickets`. They belong to an address, and to no user yet.

use sqlx::{AnyConnection, FromRow};

use super::{Store, mails};
use crate::{
    clock::Moment,
    model::{
        credential::CredentialHash, email::Email, mail::OutgoingMail, registration::Invitation, ticket::NewTicket,
    },
};

#[derive(FromRow)]
struct InvitationRow {
    email: Email,
    details: String,
}

/// Deletes the invitation of an address, as part of the transaction that creates its account.
pub(super) async fn delete(connection: &mut AnyConnection, email: &Email) -> Result<(), sqlx::Error> {
    sqlx::query("delete from tickets where purpose = 'invitation' and email = $1")
        .bind(email)
        .execute(connection)
        .await?;
    Ok(())
}

/// Uses an invitation, as part of a transaction: of any number of concurrent uses one succeeds.
pub(super) async fn take(
    connection: &mut AnyConnection,
    token: &CredentialHash,
    now: Moment,
) -> Result<bool, sqlx::Error> {
    let used = sqlx::query("delete from tickets where token_hash = $1 and purpose = 'invitation' and expires_at > $2")
        .bind(token)
        .bind(now)
        .execute(connection)
        .await?;
    Ok(used.rows_affected() == 1)
}

impl Store {
    /// Adds an invitation and its mail, in the place of an earlier one for the same address.
    pub async fn invite(&self, ticket: &NewTicket, mails: &[OutgoingMail], now: Moment) -> Result<(), sqlx::Error> {
        self.transaction(|mut transaction| async move {
            sqlx::query(
                "insert into tickets (token_hash, purpose, slot, email, password_version, factors_version, details, \
                                      created_at, expires_at) \
                 values ($1, 'invitation', $2, $3, 0, 0, $4, $5, $6) \
                 on conflict (email) where purpose = 'invitation' do update set token_hash = excluded.token_hash, \
                   details = excluded.details, created_at = excluded.created_at, expires_at = excluded.expires_at",
            )
            .bind(&ticket.hash)
            .bind(&ticket.slot)
            .bind(&ticket.email)
            .bind(&ticket.details)
            .bind(ticket.created_at)
            .bind(ticket.expires_at)
            .execute(&mut *transaction)
            .await?;
            mails::enqueue(&mut transaction, mails, now).await?;
            transaction.commit().await
        })
        .await
    }

    /// A valid invitation, which stays so.
    pub async fn invitation(&self, token: &CredentialHash, now: Moment) -> Result<Option<Invitation>, sqlx::Error> {
        let _login = self.login_permit().await?;
        let row: Option<InvitationRow> = sqlx::query_as(
            "select email, details from tickets where token_hash = $1 and purpose = 'invitation' and expires_at > $2",
        )
        .bind(token)
        .bind(now)
        .fetch_optional(&self.read)
        .await?;
        Ok(row.map(|row| Invitation { email: row.email, details: row.details }))
    }
}
