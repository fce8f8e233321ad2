//! Logins whose password was right and whose second factor is awaited.

use std::time::Duration;

use super::{rate_limit::RateLimitKey, user::UserId};

/// How long the second factor is awaited.
pub const SECOND_STEP_LIFETIME: Duration = Duration::from_mins(5);

/// A login that waits for its second factor, from after the latest change of password, email and factors.
#[derive(Clone, Debug)]
pub struct PendingLogin {
    pub user_id: UserId,
    /// What the password has used up, which is given back when the whole login succeeds.
    pub limits: Vec<RateLimitKey>,
}
