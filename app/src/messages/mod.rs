//! The sentences of the pages, one file per page or component. Labels and static text stay in the views.

mod account;
mod activity;
mod errors;
mod form;
#[cfg(feature = "inspector")]
mod inspector;
mod login;
#[cfg(feature = "ssr")]
mod program;
mod reauth;
mod sessions;
mod status_bar;
mod users;

pub(crate) use account::{NAME_CHANGED, PASSWORD_CHANGED, WRONG_CURRENT_PASSWORD, policy};
pub(crate) use activity::{ACTIVITY_LEAD, end_of_activity, event, is_warning, older_events};
pub(crate) use errors::error;
pub use form::NEEDS_PROGRAM;
pub(crate) use form::{WAITING, invalid_fields, missing_field, password_length};
#[cfg(feature = "inspector")]
pub(crate) use inspector::stored_credential;
#[cfg(feature = "inspector")]
pub(crate) use login::end_reason;
pub(crate) use login::{NO_SCRIPT, lost_on_reload, session_end, session_scope};
#[cfg(feature = "ssr")]
pub(crate) use program::{FORMS_WORK, NO_WEBASSEMBLY, NOT_LOADED, NOT_STARTED};
pub(crate) use reauth::{duration, expires_in, expires_soon, reauth_description, reauth_title};
pub(crate) use sessions::{
    EndTarget, SESSIONS_LEAD, confirm_end, consequence, device, end_button, others_ended, renamed, session_count,
    session_ended, session_name,
};
pub(crate) use status_bar::{LOGOUT_PENDING, unreachable, user_changed};
pub(crate) use users::{END_OF_USERS, USERS_LEAD, more_users, user_summary};
