use crate::messages::document::Document;

pub(super) const DOCUMENT: Document = Document {
    log_in_to: "Melden Sie sich bei {brand} an, erstellen Sie ein Konto und verwalten Sie Ihre Geräte.",
    not_loaded: "Ein Teil dieser Seite konnte nicht geladen werden.",
    reload_it: "Laden Sie sie neu",
    reload_it_purpose: "und versuchen Sie es noch einmal.",
    not_started: "Ein Teil dieser Seite konnte nicht gestartet werden.",
    reload_the_page: "Laden Sie die Seite neu",
    no_webassembly: "WebAssembly ist in diesem Browser ausgeschaltet.",
    forms_work: "Das Formular können Sie trotzdem benutzen.",
    waiting: "Einen Moment: Die Seite wird noch geladen. Ihr Formular wird gesendet, sobald sie bereit ist.",
    requires_webassembly: "Sie werden nur in diesem Tab angemeldet. Dafür sind JavaScript und WebAssembly nötig. Warten Sie, bis die Seite geladen ist, und versuchen Sie es dann noch einmal.",
    no_script: "Sie sind angemeldet. Um Ihr Konto anzuzeigen, benötigt diese Seite JavaScript und WebAssembly. Schalten Sie beides ein und laden Sie die Seite neu.",
    error_title: "Fehler {status}",
    error_heading: "Das hat leider nicht geklappt",
    error_home: "Zur Startseite",
    error_login: "Anmelden",
};
