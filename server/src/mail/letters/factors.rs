//! What notices say about second factors.

use app::Language;
use doorward_api::FactorKind;

/// Subject and first sentences.
type Texts = (&'static str, String);

/// Many wrong second factors behind a right password.
pub(super) fn password_known(brand: &str, device: &str, at: &str, language: Language) -> Texts {
    match language {
        Language::English => (
            "Someone knows your password",
            format!(
                "Someone entered your password for {brand} and then five wrong codes, most recently on {at} on {device}. The login was \
                 refused. If you didn't do this, change your password: someone else knows it. You get this mail at most once a day."
            ),
        ),
        Language::German => (
            "Jemand kennt Ihr Passwort",
            format!(
                "Jemand hat Ihr Passwort bei {brand} und danach fünf falsche Codes eingegeben, zuletzt am {at}: {device}. Niemand wurde \
                 angemeldet. Falls Sie das nicht waren, ändern Sie Ihr Passwort: Jemand anderes kennt es. Sie erhalten diese E-Mail \
                 höchstens einmal am Tag."
            ),
        ),
    }
}

pub(super) fn recovery_code_used(left: u32, (brand, device, at): (&str, &str, &str), language: Language) -> Texts {
    match language {
        Language::English => {
            let left = match left {
                0 => "None are left: make new codes.".to_owned(),
                1 => "One is left: make new codes soon.".to_owned(),
                left => format!("{left} are left."),
            };
            (
                "A recovery code was used",
                format!("On {at}, one of the recovery codes of your account at {brand} was used on {device}. {left}"),
            )
        }
        Language::German => {
            let left = match left {
                0 => "Es ist keiner mehr übrig: Erstellen Sie neue.".to_owned(),
                1 => "Einer ist noch übrig: Erstellen Sie bald neue.".to_owned(),
                left => format!("{left} sind noch übrig."),
            };
            (
                "Ein Wiederherstellungscode wurde verwendet",
                format!(
                    "Am {at} wurde ein Wiederherstellungscode Ihres Kontos bei {brand} verwendet: {device}. {left}"
                ),
            )
        }
    }
}

/// The second factors that a new password leaves as they are. Empty if there are none.
pub(super) fn unchanged(kinds: &[FactorKind], language: Language) -> String {
    let name = |kind: &FactorKind| match (kind, language) {
        (FactorKind::Passkey, Language::English) => Some("passkeys"),
        (FactorKind::Totp, Language::English) => Some("authenticator app"),
        (FactorKind::RecoveryCode, Language::English) => Some("recovery codes"),
        (FactorKind::Passkey, Language::German) => Some("Passkeys"),
        (FactorKind::Totp, Language::German) => Some("Authenticator-App"),
        (FactorKind::RecoveryCode, Language::German) => Some("Wiederherstellungscodes"),
        (FactorKind::Unknown, _) => None,
    };
    let names: Vec<_> = kinds.iter().filter_map(name).collect();
    if names.is_empty() {
        return String::new();
    }
    let names = names.join(", ");
    match language {
        Language::English => format!(" Your second factors have not changed: {names}."),
        Language::German => format!(" Ihre zweiten Faktoren sind unverändert: {names}."),
    }
}
