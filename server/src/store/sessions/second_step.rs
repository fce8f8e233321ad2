//! Logins that wait for their second factor.

use super::login::lock_unchanged;
use crate::{
    clock::Moment,
    model::{credential::CredentialHash, rate_limit::RateLimitKey, user::User},
    store::{Store, pending_logins},
};

impl Store {
    /// Adds a login that waits for its second factor, with the limits that its success makes full again. `false` when the password,
    /// the email or a factor has changed, or the account has been disabled or deleted since `user` was read.
    pub async fn begin_second_step(
        &self,
        ticket: &CredentialHash,
        user: &User,
        limits: &[RateLimitKey],
        now: Moment,
    ) -> Result<bool, sqlx::Error> {
        let _login = self.login_permit().await?;
        self.transaction(|mut transaction| async move {
            if !lock_unchanged(&mut transaction, user).await? {
                transaction.roll_back().await?;
                return Ok(false);
            }
            pending_logins::insert(&mut transaction, ticket, user, limits, now).await?;
            transaction.commit().await?;
            Ok(true)
        })
        .await
    }
}
