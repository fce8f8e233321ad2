//! How sessions behave, as data: nobody asks which policy it is, only what it says.

use std::time::Duration;

use app::api::PolicyName;

/// The rules of one session, fixed when it begins.
#[derive(Clone, Debug)]
pub struct Policy {
    /// What it is called.
    pub name: PolicyName,
    /// From login to the absolute end.
    pub lifetime: Duration,
    /// The longest time between uses.
    pub idle_limit: Option<Duration>,
    /// The life of an access token, at most 15 minutes.
    pub access_token_lifetime: Duration,
}

const MINUTE: Duration = Duration::from_mins(1);
const DAY: Duration = Duration::from_hours(24);

impl Policy {
    /// Silent refresh from a cookie, for a month.
    pub fn retention() -> Self {
        Self {
            name: PolicyName::Retention,
            lifetime: 30 * DAY,
            idle_limit: Some(14 * DAY),
            access_token_lifetime: 5 * MINUTE,
        }
    }
}
