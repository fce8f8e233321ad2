//! Operations of administrators and the operator on accounts.

pub mod administration;
pub mod deletion;
pub mod export;
