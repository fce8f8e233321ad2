//! Register, log in, refresh, confirm, log out; forgotten passwords.

mod browser;
mod challenge;
mod confirm;
mod forgot;
mod invitation;
mod login;
mod logout;
mod mail_code;
mod new_account;
mod refresh;
mod register;
mod registration_code;
mod reset;
mod token_response;

pub use self::{
    browser::Browser,
    invitation::{accept, invitee},
    mail_code::mail_code,
    token_response::token_response,
};
pub use self::{
    challenge::*, confirm::*, forgot::*, login::*, logout::*, refresh::*, register::*, registration_code::*, reset::*,
};
