//! The table `registrations`.

use std::time::Duration;

use sqlx::FromRow;

use super::{Store, mails};
use crate::{
    clock::Moment,
    model::{
        credential::CredentialHash,
        email::Email,
        mail::OutgoingMail,
        registration::{MAX_FAILURES, NewRegistration, Registration, SentCodes, TICKET_LIFETIME},
    },
};

#[derive(FromRow)]
struct RegistrationRow {
    email: Email,
    details: String,
    codes: String,
    sent_at: Moment,
    failures: i64,
}

impl From<RegistrationRow> for Registration {
    fn from(row: RegistrationRow) -> Self {
        Self {
            email: row.email,
            details: row.details,
            codes: SentCodes::parse(&row.codes),
            sent_at: row.sent_at,
            failures: u32::try_from(row.failures).unwrap_or(MAX_FAILURES),
        }
    }
}

impl Store {
    /// Adds a registration and the mail with its code.
    pub async fn begin_registration(
        &self,
        new: &NewRegistration,
        mail: &OutgoingMail,
        now: Moment,
    ) -> Result<(), sqlx::Error> {
        let _login = self.login_permit().await?;
        self.transaction(|mut transaction| async move {
            sqlx::query(
                "insert into registrations (ticket_hash, email, details, codes, sent_at, created_at, expires_at) \
                 values ($1, $2, $3, $4, $5, $5, $6)",
            )
            .bind(&new.ticket)
            .bind(&new.email)
            .bind(&new.details)
            .bind(new.codes.to_text())
            .bind(now)
            .bind(now.plus(TICKET_LIFETIME))
            .execute(&mut *transaction)
            .await?;
            mails::enqueue(&mut transaction, std::slice::from_ref(mail), now).await?;
            transaction.commit().await
        })
        .await
    }

    /// A registration that waits for its code.
    pub async fn registration(
        &self,
        ticket: &CredentialHash,
        now: Moment,
    ) -> Result<Option<Registration>, sqlx::Error> {
        let _login = self.login_permit().await?;
        let row: Option<RegistrationRow> = sqlx::query_as(
            "select email, details, codes, sent_at, failures from registrations where ticket_hash = $1 and expires_at > $2",
        )
        .bind(ticket)
        .bind(now)
        .fetch_optional(&self.read)
        .await?;
        Ok(row.map(Registration::from))
    }

    /// Claims the next code of a registration, unless one was sent within `pause`: of concurrent requests one gets it, before any
    /// of them counts as a mail.
    pub async fn claim_code(
        &self,
        ticket: &CredentialHash,
        pause: Duration,
        now: Moment,
    ) -> Result<Option<Registration>, sqlx::Error> {
        let _login = self.login_permit().await?;
        self.transaction(|mut transaction| async move {
            let row: Option<RegistrationRow> = sqlx::query_as(
                "update registrations set sent_at = $1 where ticket_hash = $2 and sent_at <= $3 and expires_at > $1 \
                 returning email, details, codes, sent_at, failures",
            )
            .bind(now)
            .bind(ticket)
            .bind(now.minus(pause))
            .fetch_optional(&mut *transaction)
            .await?;
            transaction.commit().await?;
            Ok(row.map(Registration::from))
        })
        .await
    }

    /// Replaces the codes by `next`, which has one more, and adds its mail. `false` when the registration is over or has got
    /// another code meanwhile.
    pub async fn add_code(
        &self,
        ticket: &CredentialHash,
        previous: &SentCodes,
        next: &SentCodes,
        mail: &OutgoingMail,
        now: Moment,
    ) -> Result<bool, sqlx::Error> {
        let _login = self.login_permit().await?;
        self.transaction(|mut transaction| async move {
            let updated = sqlx::query("update registrations set codes = $1 where ticket_hash = $2 and codes = $3")
                .bind(next.to_text())
                .bind(ticket)
                .bind(previous.to_text())
                .execute(&mut *transaction)
                .await?;
            if updated.rows_affected() == 0 {
                transaction.roll_back().await?;
                return Ok(false);
            }
            mails::enqueue(&mut transaction, std::slice::from_ref(mail), now).await?;
            transaction.commit().await?;
            Ok(true)
        })
        .await
    }

    /// Counts a code as wrong, before it is compared: concurrent tries get no more than sequential ones. `None` after the
    /// last one.
    pub async fn count_code(&self, ticket: &CredentialHash, now: Moment) -> Result<Option<Registration>, sqlx::Error> {
        let _login = self.login_permit().await?;
        self.transaction(|mut transaction| async move {
            let row: Option<RegistrationRow> = sqlx::query_as(
                "update registrations set failures = failures + 1 \
                 where ticket_hash = $1 and expires_at > $2 and failures < $3 \
                 returning email, details, codes, sent_at, failures",
            )
            .bind(ticket)
            .bind(now)
            .bind(i64::from(MAX_FAILURES))
            .fetch_optional(&mut *transaction)
            .await?;
            transaction.commit().await?;
            Ok(row.map(Registration::from))
        })
        .await
    }

    /// Ends a registration whose last code was wrong.
    pub async fn end_registration(&self, ticket: &CredentialHash) -> Result<(), sqlx::Error> {
        let _login = self.login_permit().await?;
        self.transaction(|mut transaction| async move {
            sqlx::query("delete from registrations where ticket_hash = $1")
                .bind(ticket)
                .execute(&mut *transaction)
                .await?;
            transaction.commit().await
        })
        .await
    }
}
