//! Messages of the registration page.

use super::catalog::messages;

messages! {
    Register {
        title,
        title_with_brand,
        button,
        have_account,
        log_in,
        log_in_instead,
        agreement,
    }
}
