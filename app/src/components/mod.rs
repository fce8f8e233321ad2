//! What pages share. A page owns its actions and its data; a component owns nothing.

mod access;
mod bones;
mod drafts;
mod field;
mod form;
mod header;
mod inspector_on;
mod moment;
mod notice;
mod notices;
mod page;
mod password_field;
mod title;

pub use access::{Guest, Protected, use_next};
pub use bones::{FormBones, RowBones};
pub use drafts::Drafts;
pub use field::TextField;
pub use form::{Form, Refusal, Typed};
pub use header::Header;
pub use inspector_on::InspectorOn;
pub use moment::When;
pub(crate) use moment::{at_time, moment_in_words};
pub use notice::Notice;
pub use notices::Notices;
pub use page::{FirstPage, Page};
pub use password_field::{PasswordField, PasswordRules};
