//! Messages of the registration page.

use super::catalog::messages;

messages! {
    Register {
        title,
        button,
        have_account,
        log_in,
    }
}
