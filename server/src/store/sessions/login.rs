//! Creates sessions. Those of new accounts are in `registration.rs`.

use doorward_api::{EndReason, EventKind};
use sqlx::AnyConnection;

use super::end::end_each;
use crate::{
    clock::{Moment, millis},
    model::{
        audit::{Actor, AuditEvent},
        credential::{CredentialHash, NewSession},
        notice::Notice,
        rate_limit::RateLimitKey,
        second_factor::FactorUse,
        session::{IP_RETENTION, MAX_SESSIONS, Session, SessionId},
        session_end::EndedSession,
        user::User,
    },
    store::{Store, attempts, audit, notices, pending_logins, second_factors, transaction::Transaction},
};

/// Locks the row of a user whose password has been checked, as part of a transaction. `false` when the password, the email or
/// a second factor has changed, or the account has been disabled or deleted since `user` was read.
pub(super) async fn lock_unchanged(connection: &mut AnyConnection, user: &User) -> Result<bool, sqlx::Error> {
    // This `update` is the lock.
    let unchanged = sqlx::query(
        "update users set password_version = $1 where user_id = $2 and password_version = $1 \
         and factors_version = $3 and disabled_at is null and delete_at is null and password_refused_at is null",
    )
    .bind(user.password_version)
    .bind(&user.id)
    .bind(user.factors_version)
    .execute(connection)
    .await?;
    Ok(unchanged.rows_affected() == 1)
}

/// Inserts a session that continues `from`, as part of a transaction. It has the label of that one now, and began with the same
/// credential.
pub(super) async fn insert_rotated(
    connection: &mut AnyConnection,
    rotated: &NewSession,
    from: &SessionId,
) -> Result<(), sqlx::Error> {
    insert(connection, rotated).await?;
    sqlx::query(
        "update sessions set label = (select label from sessions where session_id = $1), \
                             credential = (select credential from sessions where session_id = $1) where session_id = $2",
    )
        .bind(from)
        .bind(&rotated.session.id)
        .execute(connection)
        .await?;
    Ok(())
}

/// Inserts a session, as part of a transaction.
async fn insert(
    connection: &mut AnyConnection,
    NewSession { session, credential_hash, began_with }: &NewSession,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into sessions (session_id, user_id, policy, token_hash, browser, os, ip, \
                               created_at, last_used_at, expires_at, idle_limit, may_end_at, ip_due_at, \
                               auth_time, acr, amr, credential) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
    )
    .bind(&session.id)
    .bind(&session.user_id)
    .bind(session.policy.name())
    .bind(credential_hash)
    .bind(&session.device.browser)
    .bind(&session.device.os)
    .bind(session.ip.as_deref().unwrap_or_default())
    .bind(session.created_at)
    .bind(session.last_used_at)
    .bind(session.expires_at)
    .bind(session.idle_timeout.map(millis))
    .bind(session.expires_or_idles_at())
    .bind(session.last_used_at.plus(IP_RETENTION))
    .bind(session.authentication.time)
    .bind(session.authentication.acr.name())
    .bind(session.authentication.amr_text())
    .bind(began_with.text())
    .execute(connection)
    .await?;
    Ok(())
}

/// Inserts a session with its audit event, as part of a transaction.
pub(super) async fn start(
    transaction: &mut Transaction,
    new: &NewSession,
    actor: &Actor,
    now: Moment,
) -> Result<(), sqlx::Error> {
    insert(transaction, new).await?;
    let session = &new.session;
    let event = AuditEvent {
        kind: EventKind::LoggedIn,
        user_id: Some(&session.user_id),
        session_id: Some(&session.id),
        reason: None,
        actor,
    };
    audit::record(transaction, &event, now).await
}

/// Ends the sessions that a new one replaces: those of the same browser, and the least recently used beyond [`MAX_SESSIONS`].
pub(super) async fn end_replaced(
    transaction: &mut Transaction,
    new: &Session,
    replaces: &[SessionId],
    actor: &Actor,
    now: Moment,
) -> Result<Vec<EndedSession>, sqlx::Error> {
    let mut ids: Vec<SessionId> = sqlx::query_scalar(
        "select session_id from sessions \
         where user_id = $1 and session_id not in ($2, $3, $4) and ended_at is null and expires_at > $5 \
         order by last_used_at desc, created_at desc, session_id desc limit 1000 offset $6",
    )
    .bind(&new.user_id)
    .bind(&new.id)
    // A browser has two session cookies at most.
    .bind(replaces.first().unwrap_or(&new.id))
    .bind(replaces.get(1).unwrap_or(&new.id))
    .bind(now)
    .bind(MAX_SESSIONS - 1)
    .fetch_all(&mut **transaction)
    .await?;
    ids.extend_from_slice(replaces);
    let sessions = ids.into_iter().map(|id| (id, EndReason::Replaced));
    end_each(transaction, sessions.collect(), None, actor, now).await
}

/// A session to be started for a user who has proved who they are.
pub struct NewLogin<'a> {
    /// As read before the proof was checked.
    pub user: &'a User,
    pub session: &'a NewSession,
    /// The previous sessions of the same browser, which end.
    pub replaces: &'a [SessionId],
    /// The limits that a success makes full again.
    pub limits: &'a [RateLimitKey],
    pub notice: Option<&'a Notice>,
    /// Of the second step.
    pub ticket: Option<&'a CredentialHash>,
    /// To be used up.
    pub factor: Option<&'a FactorUse>,
}

/// The outcome of a login whose proof was right when it was checked.
pub enum LoginOutcome {
    /// With the sessions that it has ended.
    Started(Vec<EndedSession>),
    /// The password or a factor has changed or is refused, or the account has been disabled or deleted since the user was read.
    Outdated,
    /// The ticket has been used or has ended.
    TicketInvalid,
    /// Another request has used the factor.
    FactorUsed,
}

impl Store {
    /// Adds a session, ends those that it replaces, uses up what it was started with, and gives back the attempts.
    pub async fn log_in(
        &self,
        login: &NewLogin<'_>,
        (actor, now): (&Actor, Moment),
    ) -> Result<LoginOutcome, sqlx::Error> {
        let _login = self.login_permit().await?;
        let NewLogin { user, session: new, replaces, limits, notice, ticket, factor } = *login;
        self.transaction(|mut transaction| async move {
            // A password change either comes first and is detected here, or comes later and ends the new session.
            let refused = if !lock_unchanged(&mut transaction, user).await? {
                Some(LoginOutcome::Outdated)
            } else if let Some(ticket) = ticket
                && !pending_logins::take(&mut transaction, ticket, user, now).await?
            {
                Some(LoginOutcome::TicketInvalid)
            } else if let Some(factor) = factor
                && !second_factors::use_up(&mut transaction, &user.id, factor, (actor, now)).await?
            {
                Some(LoginOutcome::FactorUsed)
            } else {
                None
            };
            if let Some(refused) = refused {
                transaction.roll_back().await?;
                return Ok(refused);
            }
            attempts::clear(&mut transaction, limits).await?;
            start(&mut transaction, new, actor, now).await?;
            let ended = end_replaced(&mut transaction, &new.session, replaces, actor, now).await?;
            notices::add(&mut transaction, notice, now).await?;
            transaction.commit().await?;
            Ok(LoginOutcome::Started(ended))
        })
        .await
    }
}
