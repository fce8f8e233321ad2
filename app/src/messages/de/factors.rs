use crate::messages::factors::Factors;

pub(super) const FACTORS: Factors = Factors {
    code: "Code aus Ihrer App",
    use_passkey: "Passkey verwenden",
    use_recovery_code: "Wiederherstellungscode verwenden",
    recovery_code: "Wiederherstellungscode",
    start_again: "Von vorn beginnen",
    took_too_long: "Diese Anmeldung hat zu lange gedauert, oder Ihr Konto wurde inzwischen geändert. Melden Sie sich erneut an.",
    log_in_with_passkey: "Mit Passkey anmelden",
    passkey_exists: "Dieses Gerät hat schon einen Passkey für dieses Konto.",
    passkey_failed: "Der Passkey konnte nicht verwendet werden. Versuchen Sie es noch einmal oder auf einem anderen Weg.",
};
