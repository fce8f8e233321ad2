//! Register, log in, refresh, confirm, log out.

mod browser;
mod confirm;
mod login;
mod logout;
mod refresh;
mod register;
mod token_response;

pub use self::{browser::Browser, token_response::token_response};
pub use self::{confirm::*, login::*, logout::*, refresh::*, register::*};
