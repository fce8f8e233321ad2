//! The table `pending_logins`.

use super::Store;
use crate::{
    clock::Moment,
    model::{credential::CredentialHash, pending_login::PendingLogin, user::UserId},
};

impl Store {
    /// A login that waits for its second factor, and continues to. `None` for one that is unknown, used or expired, or from before
    /// a change of the password, the email or the factors.
    pub async fn pending_login(
        &self,
        ticket: &CredentialHash,
        now: Moment,
    ) -> Result<Option<PendingLogin>, sqlx::Error> {
        let _login = self.login_permit().await?;
        let user_id: Option<UserId> = sqlx::query_scalar(
            "select user_id from pending_logins where ticket_hash = $1 and expires_at > $2 and exists \
             (select 1 from users u where u.user_id = pending_logins.user_id and u.password_version = pending_logins.password_version \
              and u.factors_version = pending_logins.factors_version and u.disabled_at is null and u.delete_at is null \
              and u.password_refused_at is null)",
        )
        .bind(ticket)
        .bind(now)
        .fetch_optional(&self.read)
        .await?;
        Ok(user_id.map(|user_id| PendingLogin { user_id }))
    }
}
