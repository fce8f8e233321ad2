use crate::messages::register::Register;

pub(super) const REGISTER: Register = Register {
    title: "Konto erstellen",
    button: "Konto erstellen",
    have_account: "Sie haben schon ein Konto?",
    log_in: "Anmelden",
    closed: "Hier können keine neuen Konten erstellt werden.",
    by_invitation: "Konten gibt es nur auf Einladung. Falls Sie eine haben, benutzen Sie ihren Link.",
    check_email: "Prüfen Sie Ihre E-Mails",
    code_sent: "Wir haben eine E-Mail an {email} gesendet. Ihr Code gilt 10\u{a0}Minuten. Nichts angekommen? Sehen Sie im Spam-Ordner nach.",
    code: "Code",
    send_new_code: "Neuen Code senden",
    new_code_sent: "Eine neue E-Mail ist unterwegs.",
    other_email: "Andere E-Mail-Adresse verwenden",
};
