//! The table `sessions`, and the transactions that change it together with other tables.

mod account;
mod administration;
mod confirm;
mod deletion;
mod email_change;
mod email_verification;
mod end;
mod ended;
mod expire;
mod factor_removal;
mod factor_reset;
mod factor_setup;
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
pub use email_verification::EmailVerificationOutcome;
pub use end::RevokeOutcome;
pub use factor_reset::{FactorResetOutcome, NewFactorReset};
pub use factor_setup::{FactorSetup, FactorSetupOutcome};
pub use login::{LoginOutcome, NewLogin};
pub use passkeys::{PasskeyAddition, PasskeyRemoval};
pub use recovery::{NewPassword, ResetOutcome};
pub use registration::NewAccount;
