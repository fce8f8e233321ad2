//! Notices of what has happened to the second factors of an account.

use doorward_api::EventKind;

use super::notices::Texts;

/// A change of second factors by the user.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FactorChange {
    TotpOn,
    TotpOff,
    SecondStepOn,
    SecondStepOff,
    RecoveryCodesMade,
}

impl FactorChange {
    pub const fn purpose(self) -> &'static str {
        match self {
            Self::TotpOn => "totp-on",
            Self::TotpOff => "totp-off",
            Self::SecondStepOn => "second-step-on",
            Self::SecondStepOff => "second-step-off",
            Self::RecoveryCodesMade => "recovery-codes-made",
        }
    }

    pub const fn event(self) -> EventKind {
        match self {
            Self::TotpOn => EventKind::TotpOn,
            Self::TotpOff => EventKind::TotpOff,
            Self::SecondStepOn => EventKind::SecondStepOn,
            Self::SecondStepOff => EventKind::SecondStepOff,
            Self::RecoveryCodesMade => EventKind::RecoveryCodeMade,
        }
    }
}

pub(super) fn english(
    change: FactorChange,
    (brand, device, at): (&str, &str, &str),
    (report, own): (&'static str, &'static str),
) -> Texts {
    let (subject, what) = match change {
        FactorChange::TotpOn => (
            "An authenticator app was set up",
            format!(
                "On {at}, an authenticator app was set up for your account at {brand} on {device}. Logging in with your password \
                 requires a second factor from now on."
            ),
        ),
        FactorChange::TotpOff => (
            "Your authenticator app was turned off",
            format!("On {at}, the authenticator app of your account at {brand} was turned off on {device}."),
        ),
        FactorChange::SecondStepOn => (
            "The second step was turned on",
            format!(
                "On {at}, the second step of your account at {brand} was turned on with {device}: logging in with your password \
                 requires a second factor from now on."
            ),
        ),
        FactorChange::SecondStepOff => (
            "The second step was turned off",
            format!(
                "On {at}, the second step of your account at {brand} was turned off with {device}: your password alone logs in \
                 from now on."
            ),
        ),
        FactorChange::RecoveryCodesMade => (
            "New recovery codes were made",
            format!(
                "On {at}, new recovery codes were made for your account at {brand} on {device}. The old ones don't work anymore."
            ),
        ),
    };
    (subject, what, report, own)
}

pub(super) fn german(
    change: FactorChange,
    (brand, device, at): (&str, &str, &str),
    (report, own): (&'static str, &'static str),
) -> Texts {
    let (subject, what) = match change {
        FactorChange::TotpOn => (
            "Eine Authenticator-App wurde eingerichtet",
            format!(
                "Am {at} wurde eine Authenticator-App für Ihr Konto bei {brand} eingerichtet: {device}. Die Anmeldung mit Ihrem \
                 Passwort erfordert ab jetzt einen zweiten Faktor."
            ),
        ),
        FactorChange::TotpOff => (
            "Ihre Authenticator-App wurde abgeschaltet",
            format!("Am {at} wurde die Authenticator-App Ihres Kontos bei {brand} abgeschaltet: {device}."),
        ),
        FactorChange::SecondStepOn => (
            "Der zweite Schritt wurde eingeschaltet",
            format!(
                "Am {at} wurde der zweite Schritt Ihres Kontos bei {brand} eingeschaltet: {device}. Die Anmeldung mit Ihrem \
                 Passwort erfordert ab jetzt einen zweiten Faktor."
            ),
        ),
        FactorChange::SecondStepOff => (
            "Der zweite Schritt wurde ausgeschaltet",
            format!(
                "Am {at} wurde der zweite Schritt Ihres Kontos bei {brand} ausgeschaltet: {device}. Zur Anmeldung genügt ab jetzt \
                 Ihr Passwort."
            ),
        ),
        FactorChange::RecoveryCodesMade => (
            "Neue Wiederherstellungscodes wurden erstellt",
            format!(
                "Am {at} wurden neue Wiederherstellungscodes für Ihr Konto bei {brand} erstellt: {device}. Die alten gelten nicht \
                 mehr."
            ),
        ),
    };
    (subject, what, report, own)
}

/// All of them were removed, as an administrator had asked.
pub(super) fn reset_in_english(brand: &str, at: &str, admin: &'static str) -> Texts {
    let what = format!(
        "On {at}, all second factors of your account at {brand} were removed, as an administrator had asked: passkeys, authenticator \
         app and recovery codes. All devices were logged out. Log in with your password, then set up new ones."
    );
    ("Your second factors were removed", what, "", admin)
}

/// All of them were removed, as an administrator had asked.
pub(super) fn reset_in_german(brand: &str, at: &str, admin: &'static str) -> Texts {
    let what = format!(
        "Am {at} wurden alle zweiten Faktoren Ihres Kontos bei {brand} entfernt, wie es ein Administrator beantragt hatte: Passkeys, \
         Authenticator-App und Wiederherstellungscodes. Alle Geräte wurden abgemeldet. Melden Sie sich mit Ihrem Passwort an und \
         richten Sie neue ein."
    );
    ("Ihre zweiten Faktoren wurden entfernt", what, "", admin)
}
