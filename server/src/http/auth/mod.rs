//! Register, log in, refresh, confirm, log out; forgotten passwords.

mod browser;
mod challenge;
mod confirm;
mod forgot;
mod invitation;
mod login;
mod logout;
mod mail_code;
mod methods;
mod new_account;
mod passkey_login;
mod presented_factor;
mod refresh;
mod register;
mod registration_code;
mod reset;
mod second_factor;
mod start_session;
mod token_response;

pub use self::{
    browser::Browser,
    invitation::{accept, invitee},
    mail_code::mail_code,
    presented_factor::SentFactor,
    token_response::token_response,
};
pub use self::{
    challenge::*, confirm::*, forgot::*, login::*, logout::*, methods::*, passkey_login::*, refresh::*, register::*,
    registration_code::*, reset::*, second_factor::*,
};
