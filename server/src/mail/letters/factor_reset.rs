//! The removal of all second factors of a user.

use app::Language;

use super::{Letter, utc};
use crate::clock::Moment;

/// An administrator has asked for it. `link` stops it.
pub fn factor_reset_asked(brand: &str, link: String, effective_at: Moment, language: Language, now: Moment) -> Letter {
    let (until, at) = (utc(effective_at), utc(now));
    let (subject, paragraphs) = match language {
        Language::English => (
            "Your second factors will be removed",
            [
                format!(
                    "On {at}, an administrator asked to remove all second factors of your account at {brand}: passkeys, authenticator \
                     app and recovery codes. That happens on {until}. From then on, your password alone logs in. Until then, you \
                     can stop it with this link:"
                ),
                "If you asked for this because you lost them, there's nothing to do.".to_owned(),
                "You get this mail because your account has this address. If you didn't ask for this, stop it: someone may want to \
                 get into your account."
                    .to_owned(),
            ],
        ),
        Language::German => (
            "Ihre zweiten Faktoren werden entfernt",
            [
                format!(
                    "Am {at} hat ein Administrator beantragt, alle zweiten Faktoren Ihres Kontos bei {brand} zu entfernen: Passkeys, \
                     Authenticator-App und Wiederherstellungscodes. Das geschieht am {until}. Danach genügt Ihr Passwort zur \
                     Anmeldung. Bis dahin können Sie das mit diesem Link verhindern:"
                ),
                "Falls Sie darum gebeten haben, weil Sie sie verloren haben, ist nichts zu tun.".to_owned(),
                "Sie erhalten diese E-Mail, weil Ihr Konto diese Adresse hat. Falls Sie nicht darum gebeten haben, verhindern Sie es: \
                 Jemand will möglicherweise in Ihr Konto."
                    .to_owned(),
            ],
        ),
    };
    Letter {
        purpose: "factor-reset",
        subject: subject.to_owned(),
        paragraphs: paragraphs.into(),
        link: Some(link),
        code: None,
    }
}
