//! Register, log in, refresh, log out.

mod browser;
mod login;
mod logout;
mod refresh;
mod register;
mod token_response;

pub use self::{browser::Browser, token_response::token_response};
pub use self::{login::*, logout::*, refresh::*, register::*};
