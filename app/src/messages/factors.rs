//! Messages of the second step and of logins with passkeys.

use super::catalog::messages;

messages! {
    Factors {
        code,
        use_passkey,
        use_recovery_code,
        recovery_code,
        start_again,
        took_too_long,
        log_in_with_passkey,
        passkey_exists,
        passkey_failed,
    }
}
