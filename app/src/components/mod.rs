//! What pages share. A page owns its actions and its data; a component owns nothing.

mod access;
mod bones;
mod connection;
mod content;
mod field;
mod form;
mod header;
mod logo;
mod moment;
mod page;
mod password_field;

pub use access::{Guest, Protected, use_next};
pub use bones::{FormBones, RowBones};
pub use connection::Connection;
pub use content::{Content, ContentFn};
pub use field::TextField;
pub use form::{Form, Refusal, Typed};
pub use header::Header;
pub use moment::When;
pub use page::{FirstPage, Page};
pub use password_field::{PasswordField, PasswordRules};
