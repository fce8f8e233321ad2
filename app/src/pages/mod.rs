//! One file per page.

mod account;
mod home;
mod inspector;
mod login;
mod not_found;
mod register;

pub use account::Account;
pub use home::Home;
pub use inspector::Inspector;
pub use login::Login;
pub use not_found::NotFound;
pub use register::Register;
