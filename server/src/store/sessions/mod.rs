//! The table `sessions`, and the transactions that change it together with other tables.

mod account;
mod administration;
mod confirm;
mod deletion;
mod email_change;
mod end;
mod ended;
mod expire;
mod login;
mod passkeys;
mod read;
mod recovery;
mod registration;
mod reset;
mod row;
mod second_step;
mod update;

pub use account::RolesChange;
pub use administration::UserChange;
pub use confirm::{ConfirmOutcome, Confirmation, WrongConfirmation};
pub use deletion::NewDeletion;
pub use email_change::{EmailChangeOutcome, EmailUndoOutcome, NewEmail};
pub use end::RevokeOutcome;
pub use login::{LoginOutcome, NewLogin};
pub use passkeys::{PasskeyAddition, PasskeyRemoval};
pub use recovery::{NewPassword, ResetOutcome};
pub use registration::NewAccount;
