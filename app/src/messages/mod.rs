//! The sentences of the pages: a file for each page or component, which declares its messages, and a folder for each language,
//! with a file for each of them.

mod account;
mod activity;
mod catalog;
#[cfg(feature = "ssr")]
mod de;
mod document;
#[cfg(feature = "ssr")]
mod en;
mod errors;
mod factors;
#[cfg(feature = "ssr")]
mod fields;
mod form;
mod home;
#[cfg(feature = "inspector")]
mod inspector;
#[cfg(feature = "ssr")]
mod invitation;
mod language;
mod login;
#[cfg(feature = "ssr")]
mod login_code;
#[cfg(feature = "ssr")]
mod mailbox;
#[cfg(feature = "ssr")]
mod problems;
mod reauth;
#[cfg(feature = "ssr")]
mod recovery;
mod register;
mod security;
mod sessions;
mod shell;
mod text;
mod time;
mod users;

#[cfg(feature = "ssr")]
use leptos::prelude::{Owner, provide_context, use_context};
#[cfg(not(feature = "ssr"))]
use std::sync::OnceLock;

use self::{
    account::Account, activity::Activity, document::Document, errors::Errors, factors::Factors, form::Form, home::Home,
    login::Login, reauth::Reauth, register::Register, security::Security, sessions::Sessions, shell::Shell, time::Time,
    users::Users,
};

pub(crate) use account::policy;
pub(crate) use activity::{
    end_of_activity, event, events_shown, is_warning, login_device, not_me_consequence, older_events, was_ended,
    was_logged_in,
};
#[cfg(feature = "ssr")]
pub(crate) use document::{error_title, log_in_to};
pub(crate) use errors::error;
#[cfg(feature = "ssr")]
pub use fields::Fields;
pub(crate) use form::{invalid_fields, password_strength, try_again_in, try_again_now};
pub(crate) use home::logged_in_as;
#[cfg(feature = "inspector")]
pub(crate) use inspector::stored_credential;
#[cfg(feature = "ssr")]
pub(crate) use invitation::{Invitation, invited_as, min_length};
pub use language::Language;
pub(crate) use login::{is_alarming, lost_on_reload, session_end, session_scope};
#[cfg(feature = "ssr")]
pub(crate) use login_code::LoginCode;
#[cfg(feature = "ssr")]
pub(crate) use mailbox::Mailbox;
#[cfg(feature = "ssr")]
pub use problems::Problems;
pub(crate) use reauth::{expires_in, expires_soon, reauth_description, reauth_title};
#[cfg(feature = "ssr")]
pub(crate) use recovery::{
    Recovery, deletion_of, factor_reset_of, link_is_sent, minimum_length, reported_event, restore_email, set_for,
};
pub(crate) use register::code_sent;
pub(crate) use security::{at, codes_left, with_name};
pub(crate) use sessions::{
    EndTarget, confirm_end, consequence, device, end_button, is_program, others_ended, renamed, session_count,
    session_ended, session_name, unused_count,
};
pub(crate) use shell::{unreachable, user_changed};
pub(crate) use time::{at_time, duration, on_date};
pub(crate) use users::{
    confirm_disable, confirm_log_out, confirm_reset, end_of_users, invitation_sent_to, link_sent_to, more_users,
    user_changed_to, user_joined, user_logged_out, user_sessions, users_shown,
};

catalog::language! {
    shell: Shell,
    form: Form,
    errors: Errors,
    reauth: Reauth,
    home: Home,
    login: Login,
    register: Register,
    account: Account,
    factors: Factors,
    security: Security,
    sessions: Sessions,
    activity: Activity,
    time: Time,
    users: Users,
}

#[cfg(feature = "ssr")]
pub(crate) fn messages() -> &'static Messages {
    use_context::<Language>().unwrap_or_default().messages()
}

/// Makes a text outside of a page, in this language.
#[cfg(feature = "ssr")]
pub(crate) fn in_language<T>(language: Language, text: impl FnOnce() -> T) -> T {
    Owner::new().with(|| {
        provide_context(language);
        text()
    })
}

#[cfg(not(feature = "ssr"))]
pub(crate) fn messages() -> &'static Messages {
    // Empty before the WebAssembly is started.
    MESSAGES.get_or_init(|| Messages::read(""))
}

#[cfg(not(feature = "ssr"))]
static MESSAGES: OnceLock<Messages> = OnceLock::new();

/// Sets the messages of the WebAssembly, before it is started.
#[cfg(not(feature = "ssr"))]
pub fn set_messages(catalog: String) {
    _ = MESSAGES.set(Messages::read(catalog.leak()));
}
