//! What travels between browser and server: the wire types of both halves, one file per resource.

mod account;
mod activity;
mod error;
mod session;

pub use account::{Account, ChangePassword, Login, Register, User};
pub use activity::{Activity, Event, EventKind, EventSession};
pub use error::{EndReason, ErrorCode, FieldErrors, Problem};
pub use session::{Device, Ending, Grant, PolicyName, RenameSession, Session, SessionEnded, SessionsEnded, Timestamp};
