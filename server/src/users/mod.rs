//! Operations on accounts: of administrators, the operator and users.

pub mod administration;
pub mod deletion;
pub mod email_change;
pub mod export;
pub mod factor_reset;
pub mod invitations;
