//! The codes that prove addresses of accounts.

use app::Language;

use super::{Letter, utc};
use crate::{clock::Moment, model::registration::Code};

/// `brand` is the operator's name for the site. The code is not in the subject, which is shown on locked screens.
pub fn email_change_code(brand: &str, code: &Code, language: Language, now: Moment) -> Letter {
    let (digits, at) = (code.reveal(), utc(now));
    let (subject, paragraphs) = match language {
        Language::English => (
            "Your code",
            [
                format!("Your code to use this address for your account at {brand}: {digits}"),
                "It is valid for 10 minutes. Enter it on the page that asked for it, and nowhere else.".to_owned(),
                format!(
                    "You got this mail because this address was entered as the new one of an account on {at}. If that wasn't you, \
                     ignore this mail: without the code, nothing changes."
                ),
            ],
        ),
        Language::German => (
            "Ihr Code",
            [
                format!("Ihr Code, um diese Adresse für Ihr Konto bei {brand} zu verwenden: {digits}"),
                "Er gilt 10 Minuten. Geben Sie ihn nur auf der Seite ein, die danach gefragt hat.".to_owned(),
                format!(
                    "Sie erhalten diese E-Mail, weil am {at} diese Adresse als neue Adresse eines Kontos eingegeben wurde. Falls Sie \
                     das nicht waren, ignorieren Sie diese E-Mail: Ohne den Code ändert sich nichts."
                ),
            ],
        ),
    };
    letter("email-change-code", subject, paragraphs, digits)
}

/// To the email that an account has already, but has not proved.
pub fn email_verification_code(brand: &str, code: &Code, language: Language, now: Moment) -> Letter {
    let (digits, at) = (code.reveal(), utc(now));
    let (subject, paragraphs) = match language {
        Language::English => (
            "Your code",
            [
                format!("Your code to confirm the email of your account at {brand}: {digits}"),
                "It is valid for 10 minutes. Enter it on the page that asked for it, and nowhere else.".to_owned(),
                format!(
                    "You get this mail because an account has this address, and a code for it was requested on {at}. If that \
                     wasn't you, ignore this mail: without the code, nothing changes."
                ),
            ],
        ),
        Language::German => (
            "Ihr Code",
            [
                format!("Ihr Code, um die E-Mail-Adresse Ihres Kontos bei {brand} zu bestätigen: {digits}"),
                "Er gilt 10 Minuten. Geben Sie ihn nur auf der Seite ein, die danach gefragt hat.".to_owned(),
                format!(
                    "Sie erhalten diese E-Mail, weil ein Konto diese Adresse hat und am {at} ein Code dafür angefordert wurde. \
                     Falls Sie das nicht waren, ignorieren Sie diese E-Mail: Ohne den Code ändert sich nichts."
                ),
            ],
        ),
    };
    letter("email-verification-code", subject, paragraphs, digits)
}

fn letter(purpose: &'static str, subject: &str, paragraphs: [String; 3], code: &str) -> Letter {
    Letter {
        purpose,
        subject: subject.to_owned(),
        paragraphs: paragraphs.into(),
        link: None,
        code: Some(code.to_owned()),
    }
}
