//! What travels between browser and server: the wire types of both halves, one file per resource.

mod account;
mod activity;
mod admin;
mod error;
mod policy;
mod session;

pub use account::{Account, ChangePassword, Login, Register, User};
pub use activity::{Activity, Event, EventKind, EventSession};
pub use admin::{AdminUser, AdminUsers};
pub use error::{EndReason, ErrorCode, FieldErrors, Problem};
pub use policy::{Keeps, PolicyName};
pub use session::{Device, Ending, Grant, Presented, RenameSession, Session, SessionEnded, SessionsEnded, Timestamp};
