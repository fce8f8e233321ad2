use crate::messages::shell::Shell;

pub(super) const SHELL: Shell = Shell {
    skip: "Zum Inhalt springen",
    navigation: "Hauptnavigation",
    account: "Konto",
    sessions: "Sitzungen",
    activity: "Aktivitäten",
    users: "Benutzer",
    inspector: "Inspector",
    log_out: "Abmelden",
    one_moment: "Einen Moment\u{a0}…",
    try_again: "Noch einmal versuchen",
    try_now: "Jetzt versuchen",
    cancel: "Abbrechen",
    not_found: "Seite nicht gefunden",
    not_found_lead: "Prüfen Sie die Adresse oder gehen Sie zurück zur Startseite.",
    go_home: "Zur Startseite",
    offline: "Sie sind offline.",
    unreachable: "Der Server ist seit {time}\u{a0}Uhr nicht erreichbar. Neuer Versuch\u{a0}…",
    logout_pending: "Sie sind auf diesem Gerät abgemeldet. Lassen Sie diese Seite offen, bis wir den Server erreichen und die Abmeldung abschließen können.",
    user_changed: "Sie sind jetzt als {name} angemeldet.",
};
