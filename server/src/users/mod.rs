//! Users: what administrators and the operator do to accounts.

pub mod administration;
