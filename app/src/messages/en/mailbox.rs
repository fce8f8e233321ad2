use crate::messages::mailbox::Mailbox;

pub(super) const MAILBOX: Mailbox = Mailbox {
    title: "Mailbox",
    lead: "Mails that this server has written to files instead of sending them, newest first.",
    none: "No mails.",
    delete_all: "Delete all",
    open_link: "Open the link",
};
