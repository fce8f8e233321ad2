//! The table `passkeys`.

use sqlx::FromRow;

use super::Store;
use crate::model::{passkey::PasskeyDescriptor, user::UserId};

#[derive(FromRow)]
struct DescriptorRow {
    credential_id: String,
    rp_id: String,
    transports: String,
}

impl Store {
    /// The passkeys of a user on a host, oldest first, as browsers need them to find their authenticators.
    pub async fn passkey_descriptors(
        &self,
        user_id: &UserId,
        rp_id: &str,
    ) -> Result<Vec<PasskeyDescriptor>, sqlx::Error> {
        // Not `rp_id = $2`: SQLite would search all passkeys of the host.
        let rows: Vec<DescriptorRow> = sqlx::query_as(
            "select credential_id, rp_id, transports from passkeys where user_id = $1 order by created_at, passkey_id",
        )
        .bind(user_id)
        .fetch_all(&self.read)
        .await?;
        let descriptor = |row: DescriptorRow| PasskeyDescriptor {
            credential_id: row.credential_id,
            transports: row.transports.split_whitespace().map(str::to_owned).collect(),
        };
        Ok(rows.into_iter().filter(|row| row.rp_id == rp_id).map(descriptor).collect())
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
}
