//! The link to set a new password.

use std::time::Duration;

use app::Language;

use super::{Letter, utc};
use crate::clock::Moment;

/// `brand` is the operator's name for the site.
pub fn reset(brand: &str, link: String, lifetime: Duration, language: Language, now: Moment) -> Letter {
    let (lifetime, at) = (language.about(lifetime.as_secs()), utc(now));
    let (subject, paragraphs) = match language {
        Language::English => (
            "Set a new password",
            [
                format!("With this link you set a new password for your account at {brand}. It works once, for {lifetime}:"),
                format!("You get this mail because a new password was requested for this address on {at}."),
                "If that wasn't you, ignore this mail. Your password stays as it is unless the link is used.".to_owned(),
            ],
        ),
        Language::German => (
            "Neues Passwort festlegen",
            [
                format!(
                    "Mit diesem Link legen Sie ein neues Passwort für Ihr Konto bei {brand} fest. Er gilt einmal, {lifetime} lang:"
                ),
                format!("Sie erhalten diese E-Mail, weil für diese Adresse am {at} ein neues Passwort angefordert wurde."),
                "Falls Sie das nicht waren, ignorieren Sie diese E-Mail. Ihr Passwort bleibt, wie es ist, solange der Link nicht \
                 verwendet wird."
                    .to_owned(),
            ],
        ),
    };
    Letter {
        purpose: "reset",
        subject: subject.to_owned(),
        paragraphs: paragraphs.into(),
        link: Some(link),
        code: None,
    }
}
