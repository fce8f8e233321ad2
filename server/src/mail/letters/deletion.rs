//! The deletion of an account.

use app::Language;

use super::{Letter, utc};
use crate::clock::Moment;

/// The user has asked for it. `link` undoes it.
pub fn deletion_asked(brand: &str, link: String, delete_at: Moment, language: Language, now: Moment) -> Letter {
    let (until, at) = (utc(delete_at), utc(now));
    let (subject, paragraphs) = match language {
        Language::English => (
            "Your account will be deleted",
            [
                format!(
                    "On {at}, you asked to delete your account at {brand}. All devices were logged out. On {until}, the account \
                     and everything about you will be deleted for good. Until then, you can undo that with this link:"
                ),
                "You get this mail because your account has this address.".to_owned(),
                "If you didn't ask for this, undo it with the link, then set a new password: someone knows yours.".to_owned(),
            ],
        ),
        Language::German => (
            "Ihr Konto wird gelöscht",
            [
                format!(
                    "Am {at} haben Sie beantragt, Ihr Konto bei {brand} zu löschen. Alle Geräte wurden abgemeldet. Am {until} \
                     werden das Konto und alles über Sie endgültig gelöscht. Bis dahin können Sie das mit diesem Link rückgängig \
                     machen:"
                ),
                "Sie erhalten diese E-Mail, weil Ihr Konto diese Adresse hat.".to_owned(),
                "Falls Sie das nicht waren, machen Sie es mit dem Link rückgängig und legen Sie danach ein neues Passwort fest: \
                 Jemand kennt Ihres."
                    .to_owned(),
            ],
        ),
    };
    letter("deletion", subject, paragraphs.into(), Some(link))
}

/// The operator has decided it.
pub fn deletion_decided(brand: &str, delete_at: Moment, language: Language, now: Moment) -> Letter {
    let (until, at) = (utc(delete_at), utc(now));
    let (subject, paragraphs) = match language {
        Language::English => (
            "Your account will be deleted",
            [
                format!(
                    "On {at}, an administrator decided to delete your account at {brand}. All devices were logged out. On {until}, \
                     the account and everything about you will be deleted for good."
                ),
                "You get this mail because your account has this address. If you didn't expect this, ask the operator of the site."
                    .to_owned(),
            ],
        ),
        Language::German => (
            "Ihr Konto wird gelöscht",
            [
                format!(
                    "Am {at} hat ein Administrator beschlossen, Ihr Konto bei {brand} zu löschen. Alle Geräte wurden abgemeldet. Am \
                     {until} werden das Konto und alles über Sie endgültig gelöscht."
                ),
                "Sie erhalten diese E-Mail, weil Ihr Konto diese Adresse hat. Falls Sie das nicht erwartet haben, wenden Sie sich \
                 an den Betreiber der Website."
                    .to_owned(),
            ],
        ),
    };
    letter("deletion", subject, paragraphs.into(), None)
}

/// There was no grace period.
pub fn deletion_done(brand: &str, language: Language, now: Moment) -> Letter {
    let at = utc(now);
    let (subject, paragraphs) = match language {
        Language::English => (
            "Your account was deleted",
            [
                format!("On {at}, your account at {brand} was deleted. All devices were logged out."),
                "You get this mail because the account had this address. If you didn't expect this, ask the operator of the site."
                    .to_owned(),
            ],
        ),
        Language::German => (
            "Ihr Konto wurde gelöscht",
            [
                format!("Am {at} wurde Ihr Konto bei {brand} gelöscht. Alle Geräte wurden abgemeldet."),
                "Sie erhalten diese E-Mail, weil das Konto diese Adresse hatte. Falls Sie das nicht erwartet haben, wenden Sie \
                 sich an den Betreiber der Website."
                    .to_owned(),
            ],
        ),
    };
    letter("deleted", subject, paragraphs.into(), None)
}

fn letter(purpose: &'static str, subject: &str, paragraphs: Vec<String>, link: Option<String>) -> Letter {
    Letter { purpose, subject: subject.to_owned(), paragraphs, link, code: None }
}
