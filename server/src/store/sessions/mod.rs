//! The table `sessions`, and the transactions that change it together with other tables.

mod account;
mod administration;
mod confirm;
mod deletion;
mod end;
mod ended;
mod expire;
mod login;
mod read;
mod recovery;
mod reset;
mod row;
mod update;

pub use account::RolesChange;
pub use administration::UserChange;
pub use confirm::{ConfirmOutcome, WrongConfirmation};
pub use deletion::NewDeletion;
pub use end::RevokeOutcome;
