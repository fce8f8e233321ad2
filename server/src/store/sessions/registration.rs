//! Creates accounts with their first session: by a registration, with or without a code, and by an invitation.

use doorward_api::EventKind;

use super::login::{end_replaced, start};
use crate::{
    clock::Moment,
    model::{
        audit::{Actor, AuditEvent},
        credential::{CredentialHash, NewSession},
        session::SessionId,
        session_end::EndedSession,
        user::User,
    },
    store::{Store, audit, invitations, transaction::Transaction, users},
};

/// A user to be stored, and their first session.
pub struct NewAccount<'a> {
    pub user: &'a User,
    /// None for a browser that cannot have its credential.
    pub session: Option<&'a NewSession>,
    /// The previous sessions of the same browser, which end.
    pub replaces: &'a [SessionId],
    pub actor: &'a Actor,
}

/// Adds an account as part of a transaction. `None` when the email is taken.
async fn add(
    transaction: &mut Transaction,
    account: &NewAccount<'_>,
    now: Moment,
) -> Result<Option<Vec<EndedSession>>, sqlx::Error> {
    let NewAccount { user, session, replaces, actor } = *account;
    if !users::add(transaction, user).await? {
        return Ok(None);
    }
    let event =
        AuditEvent { kind: EventKind::Registered, user_id: Some(&user.id), session_id: None, reason: None, actor };
    audit::record(transaction, &event, now).await?;
    let Some(new) = session else { return Ok(Some(vec![])) };
    start(transaction, new, actor, now).await?;
    end_replaced(transaction, &new.session, replaces, actor, now).await.map(Some)
}

impl Store {
    /// Adds an account. `None` when the email is taken.
    pub async fn register(
        &self,
        account: &NewAccount<'_>,
        now: Moment,
    ) -> Result<Option<Vec<EndedSession>>, sqlx::Error> {
        let _login = self.login_permit().await?;
        self.transaction(|mut transaction| async move {
            let ended = add(&mut transaction, account, now).await?;
            if ended.is_some() {
                transaction.commit().await?;
            } else {
                transaction.roll_back().await?;
            }
            Ok(ended)
        })
        .await
    }

    /// Uses up a registration whose code was right, and adds its account. `None` when another request has used it, or when
    /// the email is taken meanwhile: the registration is over then, too.
    pub async fn finish_registration(
        &self,
        ticket: &CredentialHash,
        account: &NewAccount<'_>,
        now: Moment,
    ) -> Result<Option<Vec<EndedSession>>, sqlx::Error> {
        let _login = self.login_permit().await?;
        self.transaction(|mut transaction| async move {
            let deleted = sqlx::query("delete from registrations where ticket_hash = $1")
                .bind(ticket)
                .execute(&mut *transaction)
                .await?;
            let is_used = deleted.rows_affected() == 0;
            let ended = if is_used { None } else { add(&mut transaction, account, now).await? };
            transaction.commit().await?;
            Ok(ended)
        })
        .await
    }

    /// The same with an invitation.
    pub async fn accept_invitation(
        &self,
        token: &CredentialHash,
        account: &NewAccount<'_>,
        now: Moment,
    ) -> Result<Option<Vec<EndedSession>>, sqlx::Error> {
        let _login = self.login_permit().await?;
        self.transaction(|mut transaction| async move {
            let is_valid = invitations::take(&mut transaction, token, now).await?;
            let ended = if is_valid { add(&mut transaction, account, now).await? } else { None };
            transaction.commit().await?;
            Ok(ended)
        })
        .await
    }
}
