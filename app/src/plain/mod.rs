//! Pages without scripts: documents that work in text browsers, and when everything else is broken. One file per page.

mod email_undo;
mod forgot;
mod form;
mod invitation;
mod login_code;
mod mailbox;
mod not_me;
mod registration_code;
mod reset;
mod undo;

pub use email_undo::{email_kept, email_undo, email_undo_title};
pub use forgot::{ForgotState, forgot, forgot_title};
pub use invitation::{invalid_invitation, invalid_invitation_title, invitation, invitation_title};
pub use login_code::{LoginCode, expired_login, login_code, login_code_title};
pub use mailbox::{MailboxMail, mailbox, mailbox_title};
pub use not_me::{Notice, not_me, not_me_thanks, not_me_thanks_title, not_me_title};
pub use registration_code::{RegistrationCode, registration_code, registration_code_title};
pub use reset::{ResetForm, dead_link, dead_link_title, reset, reset_done, reset_done_title, reset_title};
pub use undo::{Undo, UndoAnswer};
