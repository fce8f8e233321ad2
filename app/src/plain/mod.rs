//! Pages that are plain documents: the server renders them, and no script runs in them. A file for each.

mod mailbox;

pub use mailbox::{MailboxMail, mailbox, mailbox_title};
