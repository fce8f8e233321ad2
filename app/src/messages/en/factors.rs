use crate::messages::factors::Factors;

pub(super) const FACTORS: Factors = Factors {
    code: "Code from your app",
    use_passkey: "Use a passkey",
    use_recovery_code: "Use a recovery code",
    recovery_code: "Recovery code",
    start_again: "Start again",
    took_too_long: "This login took too long, or your account has changed meanwhile. Log in again.",
    log_in_with_passkey: "Log in with a passkey",
    passkey_exists: "This device already has a passkey for this account.",
    passkey_failed: "The passkey couldn't be used. Try again, or use another way.",
};
