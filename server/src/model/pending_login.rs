//! Logins whose password was right and whose second factor is awaited.

use super::user::UserId;

/// A login that waits for its second factor, from after the latest change of password, email and factors.
#[derive(Clone, Debug)]
pub struct PendingLogin {
    pub user_id: UserId,
}
