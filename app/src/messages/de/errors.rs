use crate::messages::errors::Errors;

pub(super) const ERRORS: Errors = Errors {
    unreachable: "Der Server ist nicht erreichbar. Prüfen Sie Ihre Verbindung und versuchen Sie es noch einmal.",
    unavailable: "Der Server ist gerade nicht verfügbar. Versuchen Sie es gleich noch einmal.",
    unexpected: "Die Antwort war unerwartet (Status {status}). Falls Ihr Netzwerk eine Anmeldeseite hat, öffnen Sie diese zuerst. Versuchen Sie es dann noch einmal.",
    invalid_credentials: "E-Mail-Adresse oder Passwort ist falsch.",
    email_taken: "Mit dieser E-Mail-Adresse gibt es bereits ein Konto.",
    busy: "Wir sind gerade ausgelastet. Versuchen Sie es in ein paar Sekunden noch einmal.",
    our_side: "Bei uns ist etwas schiefgegangen. Versuchen Sie es gleich noch einmal.",
    not_confirmed: "Nichts wurde geändert: Sie haben nicht bestätigt, dass Sie es sind.",
    forbidden: "Diese Seite ist nur für Administratoren. Sie sind gerade erst Administrator geworden? Melden Sie sich ab und wieder an.",
    cross_site: "Laut Ihrem Browser kam diese Anfrage von einer anderen Website. Laden Sie die Seite neu und versuchen Sie es noch einmal.",
    too_many_attempts_for: "Zu viele Versuche. Versuchen Sie es in {time} noch einmal.",
    too_many_attempts: "Zu viele Versuche. Versuchen Sie es in ein paar Minuten noch einmal.",
};
