//! One file per page.

mod account;
mod activity;
mod home;
mod inspector;
mod login;
mod not_found;
mod people;
mod register;
mod sessions;

pub use account::Account;
pub use activity::Activity;
pub use home::Home;
pub use inspector::Inspector;
pub use login::Login;
pub use not_found::NotFound;
pub use people::People;
pub use register::Register;
pub use sessions::Sessions;
