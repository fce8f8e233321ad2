//! One file per page.

mod account;
mod activity;
mod home;
#[cfg(feature = "inspector")]
mod inspector;
mod login;
mod not_found;
mod register;
mod security;
mod sessions;
mod users;

pub use account::Account;
pub use activity::Activity;
pub use home::Home;
#[cfg(feature = "inspector")]
pub use inspector::Inspector;
pub use login::Login;
pub use not_found::NotFound;
#[cfg(not(feature = "inspector"))]
pub use not_found::NotFound as Inspector;
pub use register::Register;
pub use security::Security;
pub use sessions::Sessions;
pub use users::Users;
