//! Adds and removes passkeys.

use doorward_api::{EndReason, EventKind};
use sqlx::AnyConnection;

use super::{
    end::{end_each, is_live},
    factor_removal::turn_off_without_factor,
};
use crate::{
    clock::Moment,
    model::{
        audit::{Actor, AuditEvent},
        began_with::{BeganWith, PasskeyId},
        challenge::ChallengeUse,
        notice::Notice,
        passkey::{MAX_PASSKEYS, NewPasskey, Passkey},
        session::SessionId,
        session_end::EndedSession,
        user::UserId,
    },
    store::{Store, audit, notices, passkeys, transaction::Transaction, used_challenges, users},
};

/// The outcome of adding a passkey.
pub enum PasskeyAddition {
    Added(Passkey),
    /// The credential ID belongs to a passkey already, of this user or of another one.
    Exists,
    NameTaken,
    /// The user has [`MAX_PASSKEYS`].
    TooMany,
    /// The challenge has been answered before.
    ChallengeUsed,
    /// The session of the request has ended since it was authenticated.
    CallerEnded,
}

/// The outcome of removing a passkey.
pub enum PasskeyRemoval {
    /// With the sessions that began with it, which have ended.
    Removed(Vec<EndedSession>),
    /// Not a passkey of the user.
    Unknown,
    /// Nothing else opens the account.
    LastCredential,
    /// The session of the request has ended since it was authenticated.
    CallerEnded,
}

/// What a stranger, who has been reported, has had in hand.
pub(super) struct Stranger<'a> {
    /// Since the cause of the report.
    pub since: Moment,
    pub session: Option<&'a SessionId>,
    pub passkey: Option<&'a PasskeyId>,
}

/// Deletes the passkeys of a user that a stranger has or may have added: the reported one, the one that the reported session began
/// with, and those added since. Part of a transaction that has locked the user's row.
pub(super) async fn delete_of_stranger(
    transaction: &mut Transaction,
    user_id: &UserId,
    stranger: &Stranger<'_>,
    by: (&Actor, Moment),
) -> Result<Vec<PasskeyId>, sqlx::Error> {
    let deleted: Vec<PasskeyId> = sqlx::query_scalar(
        "delete from passkeys where user_id = $1 and (created_at >= $2 or passkey_id = $3 or exists \
         (select 1 from sessions s where s.session_id = $4 and s.user_id = $1 \
          and s.credential = 'passkey:' || passkeys.passkey_id)) \
         returning passkey_id",
    )
    .bind(user_id)
    .bind(stranger.since)
    .bind(stranger.passkey)
    .bind(stranger.session)
    .fetch_all(&mut **transaction)
    .await?;
    if !deleted.is_empty() {
        sqlx::query("update users set factors_version = factors_version + 1 where user_id = $1")
            .bind(user_id)
            .execute(&mut **transaction)
            .await?;
    }
    for _ in &deleted {
        users::record(transaction, EventKind::PasskeyRemoved, user_id, by.0, by.1).await?;
        turn_off_without_factor(transaction, user_id, None, by).await?;
    }
    Ok(deleted)
}

/// Locks the row of a user whose factors change, as part of a transaction, and counts the change: what was begun with the factors
/// from before, such as a login, does not succeed. `false` when the session of the request has ended.
async fn lock_to_change(
    connection: &mut AnyConnection,
    (user_id, session_id): (&UserId, &SessionId),
    now: Moment,
) -> Result<bool, sqlx::Error> {
    let changed = sqlx::query(
        "update users set factors_version = factors_version + 1 \
         where user_id = $1 and disabled_at is null and delete_at is null",
    )
    .bind(user_id)
    .execute(&mut *connection)
    .await?;
    Ok(changed.rows_affected() == 1 && is_live(connection, session_id, user_id, now).await?)
}

impl Store {
    /// Adds a passkey to the account of a live session, and uses up the challenge.
    pub async fn add_passkey(
        &self,
        new: &NewPasskey,
        challenge: &ChallengeUse,
        session_id: &SessionId,
        notice: Option<&Notice>,
        (actor, now): (&Actor, Moment),
    ) -> Result<PasskeyAddition, sqlx::Error> {
        let user_id = &new.passkey.user_id;
        self.transaction(|mut transaction| async move {
            let refusal = 'refused: {
                if !lock_to_change(&mut transaction, (user_id, session_id), now).await? {
                    break 'refused PasskeyAddition::CallerEnded;
                }
                if !used_challenges::take(&mut transaction, challenge).await? {
                    break 'refused PasskeyAddition::ChallengeUsed;
                }
                let taken = passkeys::names(&mut transaction, user_id).await?;
                if taken.len() >= MAX_PASSKEYS {
                    break 'refused PasskeyAddition::TooMany;
                }
                let Some(passkey) = new.named_beside(&taken) else { break 'refused PasskeyAddition::NameTaken };
                if !passkeys::insert(&mut transaction, &passkey, new.aaguid).await? {
                    break 'refused PasskeyAddition::Exists;
                }
                let event = event(EventKind::PasskeyAdded, user_id, session_id, actor);
                audit::record(&mut transaction, &event, now).await?;
                notices::add(&mut transaction, notice, now).await?;
                transaction.commit().await?;
                return Ok(PasskeyAddition::Added(passkey));
            };
            transaction.roll_back().await?;
            Ok(refusal)
        })
        .await
    }

    /// Removes a passkey from the account of a live session, and ends the other sessions that began with it.
    pub async fn remove_passkey(
        &self,
        id: &PasskeyId,
        rp_id: &str,
        (user_id, session_id): (&UserId, &SessionId),
        notice: Option<&Notice>,
        (actor, now): (&Actor, Moment),
    ) -> Result<PasskeyRemoval, sqlx::Error> {
        self.transaction(|mut transaction| async move {
            let refusal = 'refused: {
                if !lock_to_change(&mut transaction, (user_id, session_id), now).await? {
                    break 'refused PasskeyRemoval::CallerEnded;
                }
                if !passkeys::delete(&mut transaction, id, user_id).await? {
                    break 'refused PasskeyRemoval::Unknown;
                }
                if !passkeys::can_log_in_without(&mut transaction, id, user_id, rp_id).await? {
                    break 'refused PasskeyRemoval::LastCredential;
                }
                turn_off_without_factor(&mut transaction, user_id, Some(session_id), (actor, now)).await?;
                let event = event(EventKind::PasskeyRemoved, user_id, session_id, actor);
                audit::record(&mut transaction, &event, now).await?;
                let mut began = began_with(&mut transaction, user_id, id).await?;
                began.retain(|began| began != session_id);
                let began = began.into_iter().map(|session| (session, EndReason::CredentialRemoved));
                let ended = end_each(&mut transaction, began.collect(), None, actor, now).await?;
                notices::add(&mut transaction, notice, now).await?;
                transaction.commit().await?;
                return Ok(PasskeyRemoval::Removed(ended));
            };
            transaction.roll_back().await?;
            Ok(refusal)
        })
        .await
    }
}

fn event<'a>(kind: EventKind, user_id: &'a UserId, session_id: &'a SessionId, actor: &'a Actor) -> AuditEvent<'a> {
    AuditEvent { kind, user_id: Some(user_id), session_id: Some(session_id), reason: None, actor }
}

/// The sessions that began with a passkey and have not ended.
pub(super) async fn began_with(
    connection: &mut AnyConnection,
    user_id: &UserId,
    id: &PasskeyId,
) -> Result<Vec<SessionId>, sqlx::Error> {
    sqlx::query_scalar("select session_id from sessions where user_id = $1 and credential = $2 and ended_at is null")
        .bind(user_id)
        .bind(BeganWith::Passkey(id.clone()).text())
        .fetch_all(connection)
        .await
}
