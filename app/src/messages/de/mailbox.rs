use crate::messages::mailbox::Mailbox;

pub(super) const MAILBOX: Mailbox = Mailbox {
    title: "Postfach",
    lead: "E-Mails, die dieser Server in Dateien geschrieben hat, statt sie zu senden. Die neuesten stehen oben.",
    none: "Keine E-Mails.",
    delete_all: "Alle löschen",
    open_link: "Link öffnen",
};
