//! The table `tickets`.

use sqlx::{AnyConnection, FromRow};

use super::Store;
use crate::{
    clock::Moment,
    model::{
        credential::CredentialHash,
        email::Email,
        ticket::{NewTicket, Ticket, TicketPurpose},
        user::UserId,
    },
};

/// A ticket of an active account, which is neither disabled nor going to be deleted, whose password and email have not changed
/// since. Reports and undoing are for accounts that a stranger has changed, so no change makes these tickets void.
macro_rules! valid_ticket {
    () => {
        "token_hash = $1 and purpose = $2 and expires_at > $3 and exists \
         (select 1 from users u where u.user_id = tickets.user_id and (tickets.purpose in ('not-me', 'email-undo', 'deletion-undo', 'factor-reset-undo') \
          or (u.disabled_at is null and u.delete_at is null and u.email = tickets.email and u.password_version = tickets.password_version \
              and u.factors_version = tickets.factors_version)))"
    };
}

macro_rules! ticket_columns {
    () => {
        "token_hash, user_id, email, password_version, factors_version, details, created_at"
    };
}

#[derive(FromRow)]
struct TicketRow {
    token_hash: CredentialHash,
    user_id: Option<UserId>,
    email: Email,
    password_version: i64,
    factors_version: i64,
    details: String,
    created_at: Moment,
}

impl From<TicketRow> for Ticket {
    fn from(row: TicketRow) -> Self {
        Self {
            hash: row.token_hash,
            user_id: row.user_id,
            email: row.email,
            password_version: row.password_version,
            factors_version: row.factors_version,
            details: row.details,
            created_at: row.created_at,
        }
    }
}

/// Inserts a ticket in the place of an older one of its slot, as part of a transaction.
pub(super) async fn replace(connection: &mut AnyConnection, ticket: &NewTicket) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into tickets (token_hash, purpose, slot, user_id, email, password_version, factors_version, details, \
                              created_at, expires_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
         on conflict (user_id, slot) do update set token_hash = excluded.token_hash, purpose = excluded.purpose, \
           email = excluded.email, password_version = excluded.password_version, \
           factors_version = excluded.factors_version, details = excluded.details, created_at = excluded.created_at, \
           expires_at = excluded.expires_at, failures = 0",
    )
    .bind(&ticket.hash)
    .bind(ticket.purpose.name())
    .bind(&ticket.slot)
    .bind(&ticket.user_id)
    .bind(&ticket.email)
    .bind(ticket.password_version)
    .bind(ticket.factors_version)
    .bind(&ticket.details)
    .bind(ticket.created_at)
    .bind(ticket.expires_at)
    .execute(connection)
    .await?;
    Ok(())
}

/// Uses a ticket, as part of a transaction: of any number of concurrent uses one gets it. `None` for one that is unknown,
/// used, superseded or expired, of another purpose, of a disabled account, or from before a change of password or email.
pub(super) async fn take(
    connection: &mut AnyConnection,
    hash: &CredentialHash,
    purpose: TicketPurpose,
    now: Moment,
) -> Result<Option<Ticket>, sqlx::Error> {
    let row: Option<TicketRow> =
        sqlx::query_as(concat!("delete from tickets where ", valid_ticket!(), " returning ", ticket_columns!()))
            .bind(hash)
            .bind(purpose.name())
            .bind(now)
            .fetch_optional(connection)
            .await?;
    Ok(row.map(Ticket::from))
}

/// Counts a failure of a ticket, as part of a transaction. The last one of `max` ends it.
pub(super) async fn count_failure(
    connection: &mut AnyConnection,
    hash: &CredentialHash,
    max: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query("update tickets set failures = failures + 1 where token_hash = $1")
        .bind(hash)
        .execute(&mut *connection)
        .await?;
    sqlx::query("delete from tickets where token_hash = $1 and failures >= $2")
        .bind(hash)
        .bind(max)
        .execute(connection)
        .await
        .map(drop)
}

/// Deletes the tickets of a user that change the account, as part of a transaction. Those that report or undo a change stay.
pub(super) async fn delete_changes(connection: &mut AnyConnection, user_id: &UserId) -> Result<(), sqlx::Error> {
    sqlx::query("delete from tickets where user_id = $1 and purpose in ('reset', 'email-change', 'email-verification')")
        .bind(user_id)
        .execute(connection)
        .await
        .map(drop)
}

/// Deletes the request of a user to change the email, as part of a transaction.
pub(super) async fn delete_email_change(connection: &mut AnyConnection, user_id: &UserId) -> Result<(), sqlx::Error> {
    sqlx::query("delete from tickets where user_id = $1 and purpose = 'email-change'")
        .bind(user_id)
        .execute(connection)
        .await
        .map(drop)
}

/// After `restored` has become the email of a user again: deletes the tickets that were sent to other addresses, and those that
/// change the account, as part of a transaction. Those that undo a change from before `since` stay: who holds the address before
/// the first change decides.
pub(super) async fn delete_after_restore(
    connection: &mut AnyConnection,
    user_id: &UserId,
    restored: &Email,
    since: Moment,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "delete from tickets where user_id = $1 and (email <> $2 or purpose in ('reset', 'email-change', 'email-verification')) \
         and not (purpose = 'email-undo' and created_at < $3)",
    )
    .bind(user_id)
    .bind(restored)
    .bind(since)
    .execute(connection)
    .await
    .map(drop)
}

/// When the ticket was written that can restore this email of a user, as part of a transaction. Of several, the first.
pub(super) async fn email_undo_since(
    connection: &mut AnyConnection,
    user_id: &UserId,
    email: &Email,
    now: Moment,
) -> Result<Option<Moment>, sqlx::Error> {
    sqlx::query_scalar(
        "select created_at from tickets where user_id = $1 and purpose = 'email-undo' and email = $2 and expires_at > $3 \
         order by created_at limit 1",
    )
    .bind(user_id)
    .bind(email)
    .bind(now)
    .fetch_optional(connection)
    .await
}

impl Store {
    /// Counts a code that is tried with a ticket as wrong, before it is compared: concurrent tries get no more than sequential
    /// ones. Returns the number of wrong ones so far; `None` after the last one, or when the ticket is not valid.
    pub async fn count_ticket_code(
        &self,
        hash: &CredentialHash,
        purpose: TicketPurpose,
        max: u32,
        now: Moment,
    ) -> Result<Option<u32>, sqlx::Error> {
        self.transaction(|mut transaction| async move {
            let failures: Option<i64> = sqlx::query_scalar(concat!(
                "update tickets set failures = failures + 1 where ",
                valid_ticket!(),
                " and failures < $4 returning failures"
            ))
            .bind(hash)
            .bind(purpose.name())
            .bind(now)
            .bind(i64::from(max))
            .fetch_optional(&mut *transaction)
            .await?;
            transaction.commit().await?;
            Ok(failures.map(|failures| u32::try_from(failures).unwrap_or(max)))
        })
        .await
    }

    /// Deletes up to 100 tickets that expired before `before`.
    pub async fn delete_tickets(&self, before: Moment) -> Result<u64, sqlx::Error> {
        self.write(|| {
sqlx::query(
                "delete from tickets where token_hash in (select token_hash from tickets where expires_at < $1 limit 100)",
            )
            .bind(before)
}).await
    }

    /// Deletes up to 100 unfinished registrations that expired before `before`.
    pub async fn delete_registrations(&self, before: Moment) -> Result<u64, sqlx::Error> {
        self.write(|| {
            sqlx::query(
                "delete from registrations where ticket_hash in \
                 (select ticket_hash from registrations where expires_at < $1 limit 100)",
            )
            .bind(before)
        })
        .await
    }

    /// A valid ticket, which stays so. `None` where `take` has none.
    pub async fn ticket(
        &self,
        hash: &CredentialHash,
        purpose: TicketPurpose,
        now: Moment,
    ) -> Result<Option<Ticket>, sqlx::Error> {
        let row: Option<TicketRow> =
            sqlx::query_as(concat!("select ", ticket_columns!(), " from tickets where ", valid_ticket!()))
                .bind(hash)
                .bind(purpose.name())
                .bind(now)
                .fetch_optional(&self.read)
                .await?;
        Ok(row.map(Ticket::from))
    }
}
