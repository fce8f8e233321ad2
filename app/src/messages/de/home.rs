use crate::messages::home::Home;

pub(super) const HOME: Home = Home {
    title: "Eine komplette Anmeldung für Web-Apps in Rust",
    lead: "Konten, Sitzungen und Tokens in einem einzigen Programm, gebaut mit Axum und Leptos. Das ist eine Live-Demo.",
    create_account: "Konto erstellen",
    log_in: "Anmelden",
    account: "Konto",
    logged_in_as: "Angemeldet als {name}",
    how: "So funktioniert eine Sitzung",
    storage: "Keine Tokens im Browserspeicher",
    storage_fact: "Ihre Zugangsdaten bleiben im Arbeitsspeicher dieses Tabs oder in einem Cookie, das Skripte nicht lesen können.",
    end: "Ein festes Ende",
    end_fact: "Das Ende einer Sitzung steht mit der Anmeldung fest. Ein erneuertes Token verschiebt es nie.",
    logout: "Abgemeldet heißt abgemeldet",
    logout_fact: "Wenn Sie sich abmelden, sind Ihre Tokens sofort ungültig und nicht erst, wenn sie ablaufen.",
};
