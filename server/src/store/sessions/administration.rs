//! Operations of administrators and the operator on accounts and their sessions.

use doorward_api::{EndReason, EventKind};
use sqlx::AnyConnection;

use super::end;
use crate::{
    clock::Moment,
    model::{
        audit::Actor,
        notice::Notice,
        session::SessionId,
        session_end::EndedSession,
        user::{User, UserId},
    },
    store::{
        Store, notices,
        transaction::Transaction,
        users::{self, UserRow, user_columns},
    },
};

/// The outcome of a change to an account by an administrator.
pub enum UserChange {
    /// `is_changed` is false if the account was so already.
    Done {
        is_changed: bool,
        ended: Vec<EndedSession>,
    },
    UserUnknown,
    LastAdministrator,
    /// The administrator's own session has ended since the request was authenticated.
    CallerEnded,
}

/// Makes all changes that can leave no administrator wait for each other, on all nodes, until the end of the transaction.
pub(super) async fn lock_administrators(connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into server_state (name, value) values ('administrators', '') \
         on conflict (name) do update set value = excluded.value",
    )
    .execute(connection)
    .await
    .map(drop)
}

/// Whether the user is the only active one with the role `admin`.
pub(super) async fn is_last_administrator(connection: &mut AnyConnection, user: &User) -> Result<bool, sqlx::Error> {
    Ok(user.is_active_administrator() && !is_another_administrator(connection, &user.id).await?)
}

/// Whether a user other than this one has the role `admin` and is active.
async fn is_another_administrator(connection: &mut AnyConnection, id: &UserId) -> Result<bool, sqlx::Error> {
    let other: Option<UserId> = sqlx::query_scalar(
        "select user_id from users where user_id > '' and user_id <> $1 \
         and disabled_at is null and delete_at is null and replace(' ' || roles || ' ', ' admin ', '') <> ' ' || roles || ' ' limit 1",
    )
    .bind(id)
    .fetch_optional(connection)
    .await?;
    Ok(other.is_some())
}

pub(super) async fn user(connection: &mut AnyConnection, id: &UserId) -> Result<Option<User>, sqlx::Error> {
    let row: Option<UserRow> = sqlx::query_as(concat!("select ", user_columns!(), " from users where user_id = $1"))
        .bind(id)
        .fetch_optional(connection)
        .await?;
    Ok(row.map(User::from))
}

/// Whether the actor may still act: an administrator whose session has been revoked may not.
pub(super) async fn may_act(connection: &mut AnyConnection, actor: &Actor, now: Moment) -> Result<bool, sqlx::Error> {
    match actor {
        Actor::Admin { user_id, session_id } => end::is_live(connection, session_id, user_id, now).await,
        Actor::User { .. } | Actor::Operator | Actor::System => Ok(true),
    }
}

async fn end_all(
    transaction: &mut Transaction,
    id: &UserId,
    actor: &Actor,
    now: Moment,
) -> Result<Vec<EndedSession>, sqlx::Error> {
    let reason = |_: &SessionId| Some(EndReason::RevokedByAdmin);
    end::end_all(transaction, id, reason, None, actor, now).await
}

impl Store {
    /// Disables an account and ends its sessions. The last administrator who is not disabled stays so.
    pub async fn disable_user(
        &self,
        id: &UserId,
        notice: Option<&Notice>,
        actor: &Actor,
        now: Moment,
    ) -> Result<UserChange, sqlx::Error> {
        self.transaction(|mut transaction| async move {
            lock_administrators(&mut transaction).await?;
            let refusal = if !may_act(&mut transaction, actor, now).await? {
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

            let disabled = sqlx::query("update users set disabled_at = $1 where user_id = $2 and disabled_at is null")
                .bind(now)
                .bind(id)
                .execute(&mut *transaction)
                .await?;
            let is_changed = disabled.rows_affected() == 1;
            if is_changed {
                users::record(&mut transaction, EventKind::AccountDisabled, id, actor, now).await?;
                notices::add(&mut transaction, notice, now).await?;
            }
            let ended = end_all(&mut transaction, id, actor, now).await?;
            transaction.commit().await?;
            Ok(UserChange::Done { is_changed, ended })
        })
        .await
    }

    pub async fn enable_user(
        &self,
        id: &UserId,
        notice: Option<&Notice>,
        actor: &Actor,
        now: Moment,
    ) -> Result<UserChange, sqlx::Error> {
        self.transaction(|mut transaction| async move {
            let enabled =
                sqlx::query("update users set disabled_at = null where user_id = $1 and disabled_at is not null")
                    .bind(id)
                    .execute(&mut *transaction)
                    .await?;
            let is_changed = enabled.rows_affected() == 1;
            let refusal = if !may_act(&mut transaction, actor, now).await? {
                Some(UserChange::CallerEnded)
            } else if user(&mut transaction, id).await?.is_none() {
                Some(UserChange::UserUnknown)
            } else {
                None
            };
            if let Some(refusal) = refusal {
                transaction.roll_back().await?;
                return Ok(refusal);
            }
            if is_changed {
                users::record(&mut transaction, EventKind::AccountEnabled, id, actor, now).await?;
                notices::add(&mut transaction, notice, now).await?;
            }
            transaction.commit().await?;
            Ok(UserChange::Done { is_changed, ended: vec![] })
        })
        .await
    }

    /// Ends all sessions of an account, which stays enabled.
    pub async fn end_user_sessions(
        &self,
        id: &UserId,
        notice: Option<&Notice>,
        actor: &Actor,
        now: Moment,
    ) -> Result<UserChange, sqlx::Error> {
        self.transaction(|mut transaction| async move {
            let refusal = if !users::lock(&mut transaction, id).await? {
                Some(UserChange::UserUnknown)
            } else if !may_act(&mut transaction, actor, now).await? {
                Some(UserChange::CallerEnded)
            } else {
                None
            };
            if let Some(refusal) = refusal {
                transaction.roll_back().await?;
                return Ok(refusal);
            }
            let ended = end_all(&mut transaction, id, actor, now).await?;
            notices::add(&mut transaction, notice.filter(|_| !ended.is_empty()), now).await?;
            transaction.commit().await?;
            Ok(UserChange::Done { is_changed: !ended.is_empty(), ended })
        })
        .await
    }
}
