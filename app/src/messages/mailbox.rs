//! Messages of the mailbox, a page for development. On the server only: it is a plain document.

#[derive(Debug, Default)]
pub(crate) struct Mailbox {
    pub(crate) title: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) none: &'static str,
    pub(crate) delete_all: &'static str,
    pub(crate) open_link: &'static str,
}
