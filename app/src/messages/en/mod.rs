//! English.

mod account;
mod activity;
mod document;
mod errors;
mod factors;
mod fields;
mod form;
mod home;
mod invitation;
mod login;
mod login_code;
mod mailbox;
mod problems;
mod reauth;
mod recovery;
mod register;
mod security;
mod sessions;
mod shell;
mod time;
mod users;

use super::Messages;

pub(super) const MESSAGES: Messages = Messages {
    // The day before the month, and 24 hours: readable for all who read English.
    locale: "en-GB",
    shell: shell::SHELL,
    form: form::FORM,
    errors: errors::ERRORS,
    reauth: reauth::REAUTH,
    home: home::HOME,
    login: login::LOGIN,
    register: register::REGISTER,
    account: account::ACCOUNT,
    factors: factors::FACTORS,
    security: security::SECURITY,
    sessions: sessions::SESSIONS,
    activity: activity::ACTIVITY,
    time: time::TIME,
    users: users::USERS,
    document: document::DOCUMENT,
    problems: problems::PROBLEMS,
    fields: fields::FIELDS,
    invitation: invitation::INVITATION,
    recovery: recovery::RECOVERY,
    login_code: login_code::LOGIN_CODE,
    mailbox: mailbox::MAILBOX,
};
