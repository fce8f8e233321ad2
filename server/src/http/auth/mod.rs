//! Register, log in, refresh, log out.

mod login;
mod logout;
mod refresh;
mod register;
mod token_response;

pub use self::token_response::token_response;
pub use self::{login::*, logout::*, refresh::*, register::*};
