//! The texts of notices about passkeys. Without their names: a mail has no text that a person has chosen.

use doorward_api::EventKind;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PasskeyChange {
    Added,
    Removed,
    /// It was used, and its counter of signatures has not moved on: there may be a copy.
    CounterBack,
}

impl PasskeyChange {
    pub const fn purpose(self) -> &'static str {
        match self {
            Self::Added => "passkey-added",
            Self::Removed => "passkey-removed",
            Self::CounterBack => "passkey-counter-back",
        }
    }

    pub const fn event_kind(self) -> EventKind {
        match self {
            Self::Added => EventKind::PasskeyAdded,
            Self::Removed => EventKind::PasskeyRemoved,
            Self::CounterBack => EventKind::PasskeyCounterBack,
        }
    }

    /// The subject, and what has happened.
    pub fn english(self, brand: &str, device: &str, at: &str) -> (&'static str, String) {
        match self {
            Self::Added => (
                "A passkey was added",
                format!("On {at}, a passkey was added to your account at {brand} on {device}.."),
            ),
            Self::Removed => (
                "A passkey was removed",
                format!(
                    "On {at}, a passkey was removed from your account at {brand} on {device}. Sessions that began with it were \
                     logged out."
                ),
            ),
            Self::CounterBack => (
                "A passkey may have been copied",
                format!(
                    "On {at}, a passkey of your account at {brand} was used on {device}, and its counter of uses had not moved on. \
                     Some devices do this by mistake. It can also mean that there is a copy of the passkey: if you are not sure, \
                     remove the passkey and add a new one."
                ),
            ),
        }
    }

    pub fn german(self, brand: &str, device: &str, at: &str) -> (&'static str, String) {
        match self {
            Self::Added => (
                "Ein Passkey wurde hinzugefügt",
                format!("Am {at} wurde ein Passkey zu Ihrem Konto bei {brand} hinzugefügt: {device}."),
            ),
            Self::Removed => (
                "Ein Passkey wurde entfernt",
                format!(
                    "Am {at} wurde ein Passkey aus Ihrem Konto bei {brand} entfernt: {device}. Sitzungen, die damit begonnen hatten, \
                     wurden abgemeldet."
                ),
            ),
            Self::CounterBack => (
                "Ein Passkey wurde vielleicht kopiert",
                format!(
                    "Am {at} wurde ein Passkey Ihres Kontos bei {brand} verwendet: {device}. Sein Zähler war nicht weitergegangen. \
                     Manche Geräte machen das versehentlich. Es kann aber auch bedeuten, dass es eine Kopie des Passkeys gibt: Wenn \
                     Sie unsicher sind, entfernen Sie ihn und fügen Sie einen neuen hinzu."
                ),
            ),
        }
    }
}
