//! Components shared by the pages. Pages own data and actions; components get them as props.

mod access;
mod brand_links;
mod buttons;
mod confirm;
mod date_time;
mod download;
mod drafts;
mod fetched;
mod field;
mod focus;
mod form;
mod header;
mod login;
mod modal;
mod notice;
mod page;
mod paging;
mod password_field;
mod reauth;
mod recovery_codes;
mod session_scope;
mod skeleton;
mod status_bar;
mod title;
mod toast;

pub use access::{GuestOnly, ProtectedPage, use_next};
pub use brand_links::BrandLinks;
pub use buttons::Buttons;
pub use confirm::{Confirm, ConfirmDialog, Confirmation, Operation, is_not_found};
pub use date_time::{DateTime, RelativeTime};
pub(crate) use date_time::{
    format_at, format_date_time, format_day, format_relative, format_relative_time, format_time,
};
pub(crate) use download::save;
pub(crate) use drafts::Draft;
pub use drafts::Drafts;
pub use fetched::{Fetched, PageLoad};
pub use field::TextField;
pub use focus::{focus_on, show_modal};
pub use form::{Form, FormError, FormValues};
pub use header::Header;
#[cfg(feature = "ssr")]
pub(crate) use header::logo;
pub use login::{Factors, LoginForm, LoginSteps, Proves};
pub use modal::Modal;
pub use notice::Notice;
pub use page::{FirstPage, Page};
pub use paging::{LoadMore, Paging};
pub use password_field::PasswordField;
pub use reauth::{Reauth, ReauthDialog, StepUpDialog};
pub use recovery_codes::{NewRecoveryCodes, RecoveryCodesDialog};
pub use session_scope::{SessionScope, was_reloaded};
pub(crate) use skeleton::ROW;
pub use skeleton::{FormSkeleton, ListSkeleton, RowsSkeleton, SettingsSkeleton};
pub use status_bar::StatusBar;
pub use toast::Toast;
