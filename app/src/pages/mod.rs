//! One file per page.

mod account;
mod activity;
mod home;
mod inspector;
mod login;
mod not_found;
mod register;
mod sessions;
mod users;

pub use account::Account;
pub use activity::Activity;
pub use home::Home;
pub use inspector::Inspector;
pub use login::Login;
pub use not_found::NotFound;
pub use register::Register;
pub use sessions::Sessions;
pub use users::Users;
