//! Pages without scripts: documents that work in text browsers, and when everything else is broken. One file per page.

mod form;
mod invitation;
mod registration_code;

pub use invitation::{invalid_invitation, invalid_invitation_title, invitation, invitation_title};
pub use registration_code::{RegistrationCode, registration_code, registration_code_title};
