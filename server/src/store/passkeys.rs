//! The table `passkeys`. The transactions that change sessions, too, are in `sessions/passkeys.rs`.

use doorward_api::EventKind;
use sqlx::{AnyConnection, FromRow};

use super::{
    Store, audit, notices, second_step,
    transaction::Transaction,
    used_challenges,
    users::{self, UserRow, user_columns},
};
use crate::{
    clock::Moment,
    model::{
        audit::{Actor, AuditEvent},
        began_with::PasskeyId,
        notice::Notice,
        passkey::{Passkey, PasskeyDescriptor, PasskeyName, PasskeyUse},
        session::SessionId,
        user::{User, UserId},
    },
};

/// The columns of [`PasskeyRow`].
macro_rules! passkey_columns {
    () => {
        "passkey_id, credential_id, p.user_id as owner_id, p.name as passkey_name, public_key, rp_id, sign_count, \
         backup_eligible, backed_up, user_verified, transports, p.created_at as added_at, last_used_at"
    };
}

#[derive(FromRow)]
struct PasskeyRow {
    passkey_id: PasskeyId,
    credential_id: String,
    owner_id: UserId,
    passkey_name: PasskeyName,
    public_key: String,
    rp_id: String,
    sign_count: i64,
    backup_eligible: i64,
    backed_up: i64,
    user_verified: i64,
    transports: String,
    added_at: Moment,
    last_used_at: Option<Moment>,
}

impl From<PasskeyRow> for Passkey {
    fn from(row: PasskeyRow) -> Self {
        Self {
            id: row.passkey_id,
            credential_id: row.credential_id,
            user_id: row.owner_id,
            name: row.passkey_name,
            public_key: row.public_key,
            rp_id: row.rp_id,
            sign_count: u32::try_from(row.sign_count).unwrap_or(u32::MAX),
            is_backup_eligible: row.backup_eligible == 1,
            is_backed_up: row.backed_up == 1,
            is_user_verified: row.user_verified == 1,
            transports: row.transports.split_whitespace().map(str::to_owned).collect(),
            created_at: row.added_at,
            last_used_at: row.last_used_at,
        }
    }
}

/// A passkey with its owner.
#[derive(FromRow)]
struct OwnedRow {
    #[sqlx(flatten)]
    passkey: PasskeyRow,
    #[sqlx(flatten)]
    owner: UserRow,
}

/// The outcome of a new name.
pub enum PasskeyRename {
    Renamed(Passkey),
    /// Not a passkey of the user.
    Unknown,
    /// Another passkey of the user has the name.
    NameTaken,
}

/// Inserts a passkey, as part of a transaction. `false` when there is one with this credential ID, of any user: of several
/// transactions that insert it at the same time, one succeeds.
pub(super) async fn insert(
    connection: &mut AnyConnection,
    passkey: &Passkey,
    aaguid: [u8; 16],
) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query(
        "insert into passkeys (passkey_id, credential_id, user_id, name, public_key, rp_id, sign_count, backup_eligible, \
                               backed_up, user_verified, transports, aaguid, created_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) on conflict do nothing",
    )
    .bind(&passkey.id)
    .bind(&passkey.credential_id)
    .bind(&passkey.user_id)
    .bind(&passkey.name)
    .bind(&passkey.public_key)
    .bind(&passkey.rp_id)
    .bind(i64::from(passkey.sign_count))
    .bind(i64::from(passkey.is_backup_eligible))
    .bind(i64::from(passkey.is_backed_up))
    .bind(i64::from(passkey.is_user_verified))
    .bind(passkey.transports.join(" "))
    .bind(hex::encode(aaguid))
    .bind(passkey.created_at)
    .execute(connection)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// The names of a user's passkeys, as part of a transaction that has locked the user's row.
pub(super) async fn names(connection: &mut AnyConnection, user_id: &UserId) -> Result<Vec<PasskeyName>, sqlx::Error> {
    sqlx::query_scalar("select name from passkeys where user_id = $1").bind(user_id).fetch_all(connection).await
}

/// Deletes a passkey of a user, as part of a transaction. `false` when there is none of this ID.
pub(super) async fn delete(
    connection: &mut AnyConnection,
    id: &PasskeyId,
    user_id: &UserId,
) -> Result<bool, sqlx::Error> {
    let deleted = sqlx::query("delete from passkeys where passkey_id = $1 and user_id = $2")
        .bind(id)
        .bind(user_id)
        .execute(connection)
        .await?;
    Ok(deleted.rows_affected() == 1)
}

/// Whether a user can log in without the passkey: with a password, or with another passkey of the host that verifies them.
pub(super) async fn can_log_in_without(
    connection: &mut AnyConnection,
    id: &PasskeyId,
    user_id: &UserId,
    rp_id: &str,
) -> Result<bool, sqlx::Error> {
    let other: Option<String> = sqlx::query_scalar(
        "select user_id from users where user_id = $1 and (password_hash <> '' or exists \
         (select 1 from passkeys p where p.user_id = $1 and p.passkey_id <> $2 and p.rp_id = $3 and p.user_verified = 1))",
    )
    .bind(user_id)
    .bind(id)
    .bind(rp_id)
    .fetch_optional(connection)
    .await?;
    Ok(other.is_some())
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
    let deleted: Vec<(PasskeyId, String)> = sqlx::query_as(
        "delete from passkeys where user_id = $1 and (created_at >= $2 or passkey_id = $3 or exists \
         (select 1 from sessions s where s.session_id = $4 and s.user_id = $1 \
          and s.credential = 'passkey:' || passkeys.passkey_id)) \
         returning passkey_id, rp_id",
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
    for (_, rp_id) in &deleted {
        record(transaction, EventKind::PasskeyRemoved, user_id, by).await?;
        second_step::turn_off_without_factor(transaction, user_id, rp_id).await?;
    }
    Ok(deleted.into_iter().map(|(id, _)| id).collect())
}

/// Uses up a right answer to a challenge, and records the use of its passkey, as part of a transaction that has locked the user's
/// row. The counter only moves forward. `false` when the challenge has been answered before, or the passkey has been removed.
pub(super) async fn use_up(
    transaction: &mut Transaction,
    user_id: &UserId,
    used: &PasskeyUse,
    counter_notice: Option<&Notice>,
    by: (&Actor, Moment),
) -> Result<bool, sqlx::Error> {
    if !used_challenges::take(transaction, &used.challenge).await? {
        return Ok(false);
    }
    let stored: Option<(i64, i64)> =
        sqlx::query_as("select sign_count, backup_eligible from passkeys where passkey_id = $1 and user_id = $2")
            .bind(&used.passkey_id)
            .bind(user_id)
            .fetch_optional(&mut **transaction)
            .await?;
    let Some((sign_count, backup_eligible)) = stored else { return Ok(false) };
    sqlx::query(
        "update passkeys set last_used_at = $1, sign_count = case when sign_count < $2 then $2 else sign_count end, \
                             backup_eligible = $3, backed_up = $4 where passkey_id = $5",
    )
    .bind(by.1)
    .bind(i64::from(used.sign_count))
    .bind(i64::from(used.is_backup_eligible))
    .bind(i64::from(used.is_backed_up))
    .bind(&used.passkey_id)
    .execute(&mut **transaction)
    .await?;
    // Neither is proof of a copy: authenticators do both, and a refusal would lock users out.
    if used.counter_is_back(u32::try_from(sign_count).unwrap_or(u32::MAX)) {
        record(transaction, EventKind::PasskeyCounterBack, user_id, by).await?;
        notices::add(transaction, counter_notice, by.1).await?;
    }
    if (backup_eligible == 1) != used.is_backup_eligible {
        record(transaction, EventKind::PasskeyBackupChanged, user_id, by).await?;
    }
    Ok(true)
}

async fn record(
    transaction: &mut Transaction,
    kind: EventKind,
    user_id: &UserId,
    (actor, now): (&Actor, Moment),
) -> Result<(), sqlx::Error> {
    let event = AuditEvent { kind, user_id: Some(user_id), session_id: None, reason: None, actor };
    audit::record(transaction, &event, now).await
}

impl Store {
    /// The passkeys of a user, oldest first.
    pub async fn passkeys(&self, user_id: &UserId) -> Result<Vec<Passkey>, sqlx::Error> {
        let rows: Vec<PasskeyRow> = sqlx::query_as(concat!(
            "select ",
            passkey_columns!(),
            " from passkeys p where p.user_id = $1 order by p.created_at, passkey_id"
        ))
        .bind(user_id)
        .fetch_all(&self.read)
        .await?;
        Ok(rows.into_iter().map(Passkey::from).collect())
    }

    /// The passkeys of a user on a host, oldest first, as browsers need them to find their authenticators.
    pub async fn passkey_descriptors(
        &self,
        user_id: &UserId,
        rp_id: &str,
    ) -> Result<Vec<PasskeyDescriptor>, sqlx::Error> {
        let passkeys = self.passkeys(user_id).await?.into_iter().filter(|passkey| passkey.rp_id == rp_id);
        Ok(passkeys.map(PasskeyDescriptor::from).collect())
    }

    /// The passkey with this credential ID, and its owner.
    pub async fn passkey_and_owner(&self, credential_id: &str) -> Result<Option<(Passkey, User)>, sqlx::Error> {
        let _login = self.login_permit().await?;
        let row: Option<OwnedRow> = sqlx::query_as(concat!(
            "select ",
            passkey_columns!(),
            ", u.* from passkeys p join (select ",
            user_columns!(),
            " from users) u on u.user_id = p.user_id where credential_id = $1"
        ))
        .bind(credential_id)
        .fetch_optional(&self.read)
        .await?;
        Ok(row.map(|row| (row.passkey.into(), row.owner.into())))
    }

    /// Names a passkey of a user.
    pub async fn rename_passkey(
        &self,
        id: &PasskeyId,
        user_id: &UserId,
        name: &PasskeyName,
    ) -> Result<PasskeyRename, sqlx::Error> {
        self.transaction(|mut transaction| async move {
            // The lock: no passkey is added or named meanwhile.
            users::lock(&mut transaction, user_id).await?;
            let others: Option<String> = sqlx::query_scalar(
                "select passkey_id from passkeys where user_id = $1 and name = $2 and passkey_id <> $3",
            )
            .bind(user_id)
            .bind(name)
            .bind(id)
            .fetch_optional(&mut *transaction)
            .await?;
            if others.is_some() {
                transaction.roll_back().await?;
                return Ok(PasskeyRename::NameTaken);
            }
            sqlx::query("update passkeys set name = $1 where passkey_id = $2 and user_id = $3")
                .bind(name)
                .bind(id)
                .bind(user_id)
                .execute(&mut *transaction)
                .await?;
            let row: Option<PasskeyRow> = sqlx::query_as(concat!(
                "select ",
                passkey_columns!(),
                " from passkeys p where passkey_id = $1 and p.user_id = $2"
            ))
            .bind(id)
            .bind(user_id)
            .fetch_optional(&mut *transaction)
            .await?;
            transaction.commit().await?;
            Ok(row.map_or(PasskeyRename::Unknown, |row| PasskeyRename::Renamed(row.into())))
        })
        .await
    }

    /// The user handle of WebAuthn: made when it is first needed, and the same for ever. `None` when there is no such user.
    pub async fn webauthn_handle(&self, user_id: &UserId, new: &str) -> Result<Option<String>, sqlx::Error> {
        self.transaction(|mut transaction| async move {
            let handle: Option<String> = sqlx::query_scalar(
                "update users set webauthn_handle = coalesce(webauthn_handle, $1) where user_id = $2 \
                 returning webauthn_handle",
            )
            .bind(new)
            .bind(user_id)
            .fetch_optional(&mut *transaction)
            .await?;
            transaction.commit().await?;
            Ok(handle)
        })
        .await
    }

    /// How many users have passkeys of other hosts alone: none of theirs works on the host `rp_id`.
    pub async fn users_without_passkeys_on(&self, rp_id: &str) -> Result<i64, sqlx::Error> {
        sqlx::query_scalar(
            "select count(distinct p.user_id) from passkeys p where (p.rp_id < $1 or p.rp_id > $1) \
             and not exists (select 1 from passkeys here where here.user_id = p.user_id and here.rp_id = $1)",
        )
        .bind(rp_id)
        .fetch_one(&self.read)
        .await
    }
}
