//! Operations of administrators and the operator on accounts.

pub mod administration;
pub mod invitations;
