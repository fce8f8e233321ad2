use crate::messages::fields::Fields;

pub(super) const FIELDS: Fields = Fields {
    repeated: "Dieses Feld wurde doppelt gesendet. Laden Sie die Seite neu und versuchen Sie es noch einmal.",
    unknown: "Unbekanntes Feld.",
    email: "Geben Sie eine E-Mail-Adresse in der Form name@example.com ein.",
    email_domain: "Mit einer Adresse dieser Domain können keine Konten erstellt werden.",
    code: "Geben Sie die 8\u{a0}Ziffern aus der E-Mail ein.",
    roles: "Eine Rolle ist ein Wort aus höchstens 64\u{a0}Buchstaben, Ziffern, `-`, `_`, `.` und `:`, und höchstens 50 sind möglich.",
    name: "Geben Sie Ihren Namen in einer Zeile mit höchstens 100\u{a0}Zeichen ein.",
    label: "Geben Sie einen Namen in einer Zeile mit höchstens 100\u{a0}Zeichen ein.",
    search: "Geben Sie den Anfang eines Namens oder einer E-Mail-Adresse mit höchstens 254\u{a0}Zeichen ein.",
    cursor: "Senden Sie den Wert von `before` aus der vorigen Seite oder lassen Sie ihn weg.",
    moment: "Senden Sie eine Zeit wie 2026-11-23T20:15:00Z oder lassen Sie sie weg.",
    password_unchanged: "Das ist bereits Ihr Passwort. Wählen Sie ein anderes.",
    answer: "Wählen Sie eine der Antworten.",
    password_missing: "Geben Sie ein Passwort ein.",
    password_too_long: "Verwenden Sie höchstens {bytes}\u{a0}Bytes, etwa {letters}\u{a0}Buchstaben.",
    password_too_short: "Verwenden Sie mindestens {min}\u{a0}Zeichen; dieses Passwort hat {length}. Gut geeignet sind ein paar Wörter ohne Zusammenhang.",
    password_too_short_visibly: "Verwenden Sie mindestens {min}\u{a0}Zeichen; dieses Passwort hat {length} sichtbare. Gut geeignet sind ein paar Wörter ohne Zusammenhang.",
    password_personal: "Verwenden Sie weder Ihren Namen noch Ihre E-Mail-Adresse noch den Namen dieser Website.",
    password_breached: "Dieses Passwort ist durch ein Datenleck bekannt. Wählen Sie ein anderes.",
    password_common: "Dieses Passwort ist zu verbreitet. Versuchen Sie es mit ein paar Wörtern ohne Zusammenhang.",
};
