//! Operations on accounts: of administrators, the operator and users.

pub mod administration;
pub mod email_change;
pub mod invitations;
