//! Register, log in, refresh, confirm, log out; forgotten passwords.

mod browser;
mod confirm;
mod forgot;
mod login;
mod logout;
mod refresh;
mod register;
mod reset;
mod token_response;

pub use self::{browser::Browser, token_response::token_response};
pub use self::{confirm::*, forgot::*, login::*, logout::*, refresh::*, register::*, reset::*};
