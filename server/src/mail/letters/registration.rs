//! The letters of registrations and invitations.

use app::Language;
use doorward_api::Timestamp;

use super::Letter;
use crate::{clock::Moment, model::registration::Code};

/// The code that proves the address. It is not in the subject, which is shown on locked screens.
pub fn code(code: &Code, origin: &str, now: Moment, language: Language) -> Letter {
    let (digits, at) = (code.reveal(), Timestamp::from(now));
    let at = at.as_str();
    let (subject, paragraphs) = match language {
        Language::English => (
            "Your code",
            [
                format!("Your code to create an account at {origin}: {digits}"),
                "It is valid for 10 minutes. Enter it on the page that asked for it, and nowhere else.".to_owned(),
                format!(
                    "You got this mail because an account with this address was requested at {at}. If that was not you, \
                     ignore this mail: without the code, no account is created."
                ),
            ],
        ),
        Language::German => (
            "Ihr Code",
            [
                format!("Ihr Code, um ein Konto bei {origin} zu erstellen: {digits}"),
                "Er gilt 10 Minuten. Geben Sie ihn nur auf der Seite ein, die danach gefragt hat.".to_owned(),
                format!(
                    "Sie erhalten diese E-Mail, weil um {at} ein Konto mit dieser Adresse angefordert wurde. Falls Sie das \
                     nicht waren, ignorieren Sie diese E-Mail: Ohne den Code wird kein Konto erstellt."
                ),
            ],
        ),
    };
    Letter {
        purpose: "registration-code",
        subject: subject.to_owned(),
        paragraphs: paragraphs.into(),
        link: None,
        code: Some(digits.to_owned()),
    }
}

/// To the owner of an account, with whose address a stranger has tried to register.
pub fn attempt(origin: &str, now: Moment, language: Language) -> Letter {
    let at = Timestamp::from(now);
    let at = at.as_str();
    let (subject, paragraphs) = match language {
        Language::English => (
            "You already have an account",
            [
                format!("Someone tried to register at {origin} with your address, which has an account already:"),
                "If that was you, log in instead.".to_owned(),
                format!(
                    "If not, there is nothing to do: your account has not changed. This happened at {at}. You get this mail at \
                     most once a day."
                ),
            ],
        ),
        Language::German => (
            "Sie haben schon ein Konto",
            [
                format!(
                    "Jemand hat versucht, sich bei {origin} mit Ihrer Adresse zu registrieren, die schon ein Konto hat:"
                ),
                "Falls Sie das waren, melden Sie sich stattdessen an.".to_owned(),
                format!(
                    "Falls nicht, müssen Sie nichts tun: Ihr Konto ist unverändert. Das geschah um {at}. Sie erhalten diese \
                     E-Mail höchstens einmal am Tag."
                ),
            ],
        ),
    };
    Letter {
        purpose: "registration-attempt",
        subject: subject.to_owned(),
        paragraphs: paragraphs.into(),
        link: Some(format!("{origin}/login")),
        code: None,
    }
}

/// Leads to the page on which the account is created.
pub fn invitation(link: String, origin: &str, now: Moment, language: Language) -> Letter {
    let at = Timestamp::from(now);
    let at = at.as_str();
    let (subject, paragraphs) = match language {
        Language::English => (
            "Your invitation",
            [
                format!("You are invited to create an account at {origin}:"),
                "The link works once, for 72 hours.".to_owned(),
                format!(
                    "You got this mail because an administrator entered this address at {at}. If you do not expect it, ignore \
                     this mail: no account is created."
                ),
            ],
        ),
        Language::German => (
            "Ihre Einladung",
            [
                format!("Sie sind eingeladen, ein Konto bei {origin} zu erstellen:"),
                "Der Link funktioniert einmal, 72 Stunden lang.".to_owned(),
                format!(
                    "Sie erhalten diese E-Mail, weil ein Administrator um {at} diese Adresse eingegeben hat. Falls Sie sie nicht \
                     erwarten, ignorieren Sie diese E-Mail: Es wird kein Konto erstellt."
                ),
            ],
        ),
    };
    Letter {
        purpose: "invitation",
        subject: subject.to_owned(),
        paragraphs: paragraphs.into(),
        link: Some(link),
        code: None,
    }
}
