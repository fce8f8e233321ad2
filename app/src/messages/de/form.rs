use crate::messages::form::Form;

pub(super) const FORM: Form = Form {
    name: "Name",
    email: "E-Mail-Adresse",
    password: "Passwort",
    show: "Anzeigen",
    hide: "Verbergen",
    of_password: "des Passworts",
    invalid_fields: "Bitte korrigieren Sie die {count} Felder unten.",
    missing: "Füllen Sie dieses Feld aus.",
    missing_name: "Geben Sie Ihren Namen ein.",
    missing_email: "Geben Sie Ihre E-Mail-Adresse ein.",
    missing_password: "Geben Sie Ihr Passwort ein.",
    missing_current_password: "Geben Sie Ihr aktuelles Passwort ein.",
    missing_new_password: "Geben Sie Ihr neues Passwort ein.",
    missing_code: "Geben Sie den Code aus der E-Mail ein.",
    password_empty: "Mindestens {count}\u{a0}Zeichen, zum Beispiel ein paar zufällige Wörter.",
    password_one_more: "Noch ein Zeichen.",
    password_more: "Noch {count}\u{a0}Zeichen.",
    password_long_enough: "Lang genug.",
    try_again_in: "Sie können es in {time} noch einmal versuchen.",
    try_again_now: "Sie können es jetzt noch einmal versuchen.",
};
