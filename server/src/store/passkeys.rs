//! The table `passkeys`. The transactions that change sessions, too, are in `sessions/passkeys.rs`.

use sqlx::{AnyConnection, FromRow};

use super::{
    Store,
    users::{self, UserRow, user_columns},
};
use crate::{
    clock::Moment,
    model::{
        began_with::PasskeyId,
        passkey::{Passkey, PasskeyDescriptor, PasskeyName},
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

    /// How many users have passkeys of other hosts alone: none of theirs works on the host `rp_id`. The time that it takes depends on
    /// the number of passkeys of other hosts, which is usually 0.
    pub async fn users_without_passkeys_on(&self, rp_id: &str) -> Result<i64, sqlx::Error> {
        // The empty texts keep the databases from the indexes that would make them read every passkey.
        sqlx::query_scalar(
            "select count(distinct p.user_id || '') from passkeys p where (p.rp_id < $1 or p.rp_id > $1) and not exists \
             (select 1 from passkeys here where here.user_id = p.user_id and here.rp_id || '' = $1)",
        )
        .bind(rp_id)
        .fetch_one(&self.read)
        .await
    }
}
