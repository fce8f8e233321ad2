//! What pages share. A page owns its actions and its data; a component owns nothing.

mod access;
mod bones;
mod drafts;
mod fetched;
mod field;
mod focus;
mod form;
mod header;
mod inspector_on;
mod lapse;
mod moment;
mod notice;
mod notices;
mod page;
mod paging;
mod password_field;
mod tab_bound;
mod title;

pub use access::{Guest, ProtectedPage, use_next};
pub use bones::{FormBones, ListBones, RowBones};
pub use drafts::Drafts;
pub use fetched::{Fetched, Fetching};
pub use field::TextField;
pub use focus::{focus_on, show_modal};
pub use form::{Form, Refusal, Typed};
pub use header::Header;
pub use inspector_on::InspectorOn;
pub use lapse::{Lapse, LoginAgain};
pub use moment::When;
pub(crate) use moment::{at_time, day_in_words, moment_in_words, time_of_day};
pub use notice::Notice;
pub use notices::Notices;
pub use page::{FirstPage, Page};
pub use paging::{More, Paging};
pub use password_field::{PasswordField, PasswordRules};
pub use tab_bound::{TabBound, is_loaded_again};
