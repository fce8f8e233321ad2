//! Notices: mails to the user of an account about what has happened to it.

use std::time::Duration;

use crate::model::{mail::OutgoingMail, ticket::NewTicket};

/// Of logins on new devices within this time, the first one is mailed.
pub const NEW_DEVICE_INTERVAL: Duration = Duration::from_mins(10);

/// Of wrong second factors within this time, the first that are reported are mailed.
pub const SECOND_FACTOR_FAILED_INTERVAL: Duration = Duration::from_hours(24);

/// Some authenticators have a counter that never moves on.
pub const COUNTER_BACK_INTERVAL: Duration = Duration::from_hours(24);

/// A notice to be written in the transaction of its cause.
#[derive(Clone, Debug)]
pub struct Notice {
    pub mail: OutgoingMail,
    /// Of its link "This wasn't me". None for what an administrator has done.
    pub ticket: Option<NewTicket>,
    /// Further notices for the same purpose within this time are dropped.
    pub at_most_once_per: Option<Duration>,
}
