//! Messages of the home page.

use super::{catalog::messages, messages, text::fill};

messages! {
    Home {
        title,
        lead,
        create_account,
        log_in,
        account,
        logged_in_as,
        how,
        storage,
        storage_fact,
        end,
        end_fact,
        logout,
        logout_fact,
    }
}

pub(crate) fn logged_in_as(name: &str) -> String {
    fill(messages().home.logged_in_as, &[("name", name)])
}
