//! Register, log in, refresh, log out.

mod browser;
mod invitation;
mod login;
mod logout;
mod new_account;
mod refresh;
mod register;
mod registration_code;
mod token_response;

pub use self::{browser::Browser, token_response::token_response};
pub use self::{invitation::{accept, invitee}, login::*, logout::*, refresh::*, register::*, registration_code::*};
