//! Notices of what has happened to an account.

use app::Language;
use doorward_api::{self as api, FactorKind};

use super::{FactorChange, Letter, factor_changes, factors, passkeys::PasskeyChange, utc};
use crate::{
    clock::Moment,
    model::{began_with::PasskeyId, device::Device, registration::Code, session::SessionId},
};

/// What a notice is about. Has no `Debug`, so that a code in it cannot be logged.
#[derive(Clone, Copy)]
pub enum Cause<'a> {
    /// A login on a device that the account has not used lately.
    NewDevice {
        session: &'a SessionId,
        device: &'a Device,
    },
    PasswordChanged {
        device: &'a Device,
    },
    /// A new password was set with a link.
    ResetDone {
        device: &'a Device,
        /// The second factors of the account, which stay.
        factors: &'a [FactorKind],
    },
    /// Many wrong second factors behind a right password.
    SecondFactorFailed {
        device: &'a Device,
    },
    RecoveryCodeUsed {
        device: &'a Device,
        codes_left: u32,
    },
    /// To the present address, with its code if that is required.
    EmailChangeAsked {
        device: &'a Device,
        code: Option<&'a Code>,
    },
    /// To the new address.
    EmailChanged {
        device: &'a Device,
    },
    /// To the address before the change, which the link of this notice restores.
    EmailReplaced {
        device: &'a Device,
    },
    FactorChanged {
        change: FactorChange,
        device: &'a Device,
    },
    Passkey {
        change: PasskeyChange,
        passkey: &'a PasskeyId,
        device: &'a Device,
    },
    /// By an administrator, as all below.
    FactorsReset,
    AccountDisabled,
    AccountEnabled,
    SessionsEnded,
}

impl Cause<'_> {
    pub const fn purpose(&self) -> &'static str {
        match self {
            Self::NewDevice { .. } => "new-device",
            Self::PasswordChanged { .. } => "password-changed",
            Self::ResetDone { .. } => "reset-done",
            Self::SecondFactorFailed { .. } => "second-factor-failed",
            Self::RecoveryCodeUsed { .. } => "recovery-code-used",
            Self::EmailChangeAsked { .. } => "email-change-asked",
            Self::EmailChanged { .. } => "email-changed",
            Self::EmailReplaced { .. } => "email-replaced",
            Self::FactorChanged { change, .. } => change.purpose(),
            Self::FactorsReset => "factors-reset",
            Self::Passkey { change, .. } => change.purpose(),
            Self::AccountDisabled => "account-disabled",
            Self::AccountEnabled => "account-enabled",
            Self::SessionsEnded => "sessions-ended",
        }
    }

    pub const fn device(&self) -> Option<&Device> {
        match self {
            Self::NewDevice { device, .. }
            | Self::PasswordChanged { device }
            | Self::ResetDone { device, .. }
            | Self::SecondFactorFailed { device }
            | Self::RecoveryCodeUsed { device, .. }
            | Self::EmailChangeAsked { device, .. }
            | Self::EmailChanged { device }
            | Self::EmailReplaced { device }
            | Self::FactorChanged { device, .. }
            | Self::Passkey { device, .. } => Some(device),
            Self::FactorsReset | Self::AccountDisabled | Self::AccountEnabled | Self::SessionsEnded => None,
        }
    }

    const fn code(&self) -> Option<&Code> {
        if let Self::EmailChangeAsked { code, .. } = self { *code } else { None }
    }
}

/// The letter. `link` reports that it was not the user; there is none for what an administrator has done.
pub fn notice(cause: &Cause<'_>, brand: &str, link: Option<String>, language: Language, now: Moment) -> Letter {
    let device = cause.device().map(|device| language.device(&api::Device::from(device.clone()))).unwrap_or_default();
    let at = utc(now);
    let (subject, what, report, why) = match language {
        Language::English => english(cause, brand, &device, &at),
        Language::German => german(cause, brand, &device, &at),
    };
    let first = if link.is_some() { format!("{what}\n\n{report}") } else { what };
    let code = cause.code().map(Code::reveal);
    let enter_code = code.map(|code| enter_code(code, language));
    let paragraphs = [Some(first), enter_code, Some(why.to_owned())].into_iter().flatten().collect();
    let code = code.map(str::to_owned);
    Letter { purpose: cause.purpose(), subject: subject.to_owned(), paragraphs, link, code }
}

fn enter_code(code: &str, language: Language) -> String {
    match language {
        Language::English => format!(
            "If it was you, enter this code on the page that asked for it, and nowhere else: {code}. It is valid for 10 minutes."
        ),
        Language::German => format!(
            "Falls Sie es waren, geben Sie diesen Code nur auf der Seite ein, die danach gefragt hat: {code}. Er gilt 10 Minuten."
        ),
    }
}

pub(super) type Texts = (&'static str, String, &'static str, &'static str);

fn english(cause: &Cause<'_>, brand: &str, device: &str, at: &str) -> Texts {
    let report = "If this wasn't you, open this link and choose \"It wasn't me\":";
    let own = "If it was you, there's nothing to do. You get this mail because your account has this address.";
    let admin = "You get this mail because your account has this address. If you didn't expect this, ask the operator of the site.";
    match cause {
        Cause::NewDevice { .. } => (
            "Login on a new device",
            format!("On {at}, {device} logged in to your account at {brand}, for the first time in 90 days."),
            report,
            own,
        ),
        Cause::PasswordChanged { .. } => (
            "Your password was changed",
            format!(
                "On {at}, the password of your account at {brand} was changed on {device}. All other devices were logged out."
            ),
            report,
            own,
        ),
        Cause::ResetDone { factors: kinds, .. } => (
            "A new password was set",
            format!(
                "On {at}, a new password was set for your account at {brand} on {device}, with a link from a mail. All devices \
                 were logged out.{}",
                factors::unchanged(kinds, Language::English)
            ),
            report,
            own,
        ),
        Cause::SecondFactorFailed { .. } => {
            let (subject, what) = factors::password_known(brand, device, at, Language::English);
            (subject, what, report, own)
        }
        Cause::RecoveryCodeUsed { codes_left, .. } => {
            let (subject, what) = factors::recovery_code_used(*codes_left, (brand, device, at), Language::English);
            (subject, what, report, own)
        }
        Cause::EmailChangeAsked { .. } => (
            "A new email was requested",
            format!("On {at}, a change of the email of your account at {brand} was requested on {device}."),
            report,
            "You get this mail because your account has this address. Nothing changes until the new address has been confirmed.",
        ),
        Cause::EmailChanged { .. } => (
            "Your email was changed",
            format!("On {at}, this address became the email of your account at {brand}, on {device}."),
            report,
            own,
        ),
        Cause::EmailReplaced { .. } => (
            "Your email was changed",
            format!(
                "On {at}, the email of your account at {brand} was changed on {device}. It is no longer this address."
            ),
            "If this wasn't you, open this link and restore this address. The link works for 7 days:",
            "If it was you, there's nothing to do. You get this mail because your account had this address.",
        ),
        Cause::FactorChanged { change, .. } => factor_changes::english(*change, (brand, device, at), (report, own)),
        Cause::FactorsReset => factor_changes::reset_in_english(brand, at, admin),
        Cause::Passkey { change, .. } => {
            let (subject, what) = change.english(brand, device, at);
            (subject, what, report, own)
        }
        Cause::AccountDisabled => (
            "Your account was disabled",
            format!("On {at}, an administrator disabled your account at {brand}. All devices were logged out."),
            "",
            admin,
        ),
        Cause::AccountEnabled => (
            "Your account was enabled",
            format!("On {at}, an administrator enabled your account at {brand} again. You can log in."),
            "",
            admin,
        ),
        Cause::SessionsEnded => (
            "You were logged out",
            format!(
                "On {at}, an administrator logged out all devices of your account at {brand}. You can log in again."
            ),
            "",
            admin,
        ),
    }
}

fn german(cause: &Cause<'_>, brand: &str, device: &str, at: &str) -> Texts {
    let report = "Falls Sie das nicht waren, öffnen Sie diesen Link und wählen Sie „Das war ich nicht“:";
    let own = "Falls Sie es waren, ist nichts zu tun. Sie erhalten diese E-Mail, weil Ihr Konto diese Adresse hat.";
    let admin = "Sie erhalten diese E-Mail, weil Ihr Konto diese Adresse hat. Falls Sie das nicht erwartet haben, wenden Sie sich \
                 an den Betreiber der Website.";
    match cause {
        Cause::NewDevice { .. } => (
            "Anmeldung auf einem neuen Gerät",
            format!("Am {at} hat sich {device} in Ihrem Konto bei {brand} angemeldet, zum ersten Mal seit 90 Tagen."),
            report,
            own,
        ),
        Cause::PasswordChanged { .. } => (
            "Ihr Passwort wurde geändert",
            format!(
                "Am {at} wurde das Passwort Ihres Kontos bei {brand} geändert: {device}. Alle anderen Geräte wurden abgemeldet."
            ),
            report,
            own,
        ),
        Cause::ResetDone { factors: kinds, .. } => (
            "Ein neues Passwort wurde festgelegt",
            format!(
                "Am {at} wurde mit einem Link aus einer E-Mail ein neues Passwort für Ihr Konto bei {brand} festgelegt: \
                 {device}. Alle Geräte wurden abgemeldet.{}",
                factors::unchanged(kinds, Language::German)
            ),
            report,
            own,
        ),
        Cause::SecondFactorFailed { .. } => {
            let (subject, what) = factors::password_known(brand, device, at, Language::German);
            (subject, what, report, own)
        }
        Cause::RecoveryCodeUsed { codes_left, .. } => {
            let (subject, what) = factors::recovery_code_used(*codes_left, (brand, device, at), Language::German);
            (subject, what, report, own)
        }
        Cause::EmailChangeAsked { .. } => (
            "Eine neue E-Mail-Adresse wurde angefordert",
            format!("Am {at} wurde eine Änderung der E-Mail-Adresse Ihres Kontos bei {brand} angefordert: {device}."),
            report,
            "Sie erhalten diese E-Mail, weil Ihr Konto diese Adresse hat. Es ändert sich nichts, bis die neue Adresse bestätigt ist.",
        ),
        Cause::EmailChanged { .. } => (
            "Ihre E-Mail-Adresse wurde geändert",
            format!("Seit {at} ist dies die E-Mail-Adresse Ihres Kontos bei {brand}. Geändert wurde sie mit {device}."),
            report,
            own,
        ),
        Cause::EmailReplaced { .. } => (
            "Ihre E-Mail-Adresse wurde geändert",
            format!(
                "Am {at} wurde die E-Mail-Adresse Ihres Kontos bei {brand} geändert: {device}. Sie ist nicht mehr diese Adresse."
            ),
            "Falls Sie das nicht waren, öffnen Sie diesen Link und stellen Sie diese Adresse wieder her. Er gilt 7 Tage:",
            "Falls Sie es waren, ist nichts zu tun. Sie erhalten diese E-Mail, weil Ihr Konto diese Adresse hatte.",
        ),
        Cause::FactorChanged { change, .. } => factor_changes::german(*change, (brand, device, at), (report, own)),
        Cause::FactorsReset => factor_changes::reset_in_german(brand, at, admin),
        Cause::Passkey { change, .. } => {
            let (subject, what) = change.german(brand, device, at);
            (subject, what, report, own)
        }
        Cause::AccountDisabled => (
            "Ihr Konto wurde deaktiviert",
            format!("Am {at} hat ein Administrator Ihr Konto bei {brand} deaktiviert. Alle Geräte wurden abgemeldet."),
            "",
            admin,
        ),
        Cause::AccountEnabled => (
            "Ihr Konto wurde aktiviert",
            format!("Am {at} hat ein Administrator Ihr Konto bei {brand} wieder aktiviert. Sie können sich anmelden."),
            "",
            admin,
        ),
        Cause::SessionsEnded => (
            "Sie wurden abgemeldet",
            format!(
                "Am {at} hat ein Administrator alle Geräte Ihres Kontos bei {brand} abgemeldet. Sie können sich neu anmelden."
            ),
            "",
            admin,
        ),
    }
}
