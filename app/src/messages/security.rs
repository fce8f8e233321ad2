//! Messages of the security page.

use doorward_api::AccountSecurity;

use super::{
    catalog::messages,
    messages,
    text::{fill, isolate, plural},
};

messages! {
    Security {
        title,
        lead,
        reset_asked,
        passkeys,
        passkeys_lead,
        password_alone,
        no_passkeys,
        add_passkey,
        passkey_added,
        synced,
        elsewhere,
        added,
        last_used,
        never_used,
        rename,
        rename_title,
        rename_lead,
        passkey_name,
        save,
        renamed,
        remove,
        confirm_remove,
        remove_consequence,
        removed,
        second_step,
        second_step_lead,
        ask,
        asks,
        asks_no_more,
        app,
        app_on,
        app_off,
        set_up,
        set_up_lead,
        qr_code,
        secret,
        open_app,
        turn_on,
        app_added,
        turn_off,
        confirm_turn_off,
        turn_off_consequence,
        app_removed,
        codes,
        codes_lead,
        one_code_left,
        codes_left,
        few_codes,
        make_codes,
        confirm_codes,
        codes_consequence,
        codes_made,
        download,
        saved,
        done,
    }
}

/// At so many codes, the page says that they run out.
const FEW: u32 = 3;

/// A message about a passkey, with its name.
pub(crate) fn with_name(template: &str, name: &str) -> String {
    fill(template, &[("name", &isolate(name))])
}

/// When a passkey was added or last used, in words.
pub(crate) fn at(template: &str, time: &str) -> String {
    fill(template, &[("time", time)])
}

/// How many recovery codes are left.
pub(crate) fn codes_left(security: &AccountSecurity) -> String {
    let text = &messages().security;
    let left = plural(security.recovery_codes_left as usize, text.one_code_left, text.codes_left);
    if security.recovery_codes_left > FEW { left } else { left + ". " + text.few_codes }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_codes(recovery_codes_left: u32) -> AccountSecurity {
        AccountSecurity {
            password: true,
            second_step: true,
            totp: true,
            recovery_codes_left,
            passkeys: Vec::new(),
            factors_reset_at: None,
            withheld_roles: Vec::new(),
        }
    }

    #[test]
    fn the_page_says_when_recovery_codes_run_out() {
        assert_eq!(codes_left(&with_codes(10)), "10 codes left");
        assert_eq!(codes_left(&with_codes(1)), "1 code left. Make new ones before you run out.");
        assert!(codes_left(&with_codes(3)).contains("Make new ones") && !codes_left(&with_codes(4)).contains("Make"));
    }

    #[test]
    fn the_name_of_a_passkey_does_not_change_the_direction_of_the_words_around_it() {
        assert_eq!(with_name("Remove {name}?", "Yubi"), "Remove \u{2068}Yubi\u{2069}?");
        assert_eq!(with_name("Authenticator app set up.", "123456"), "Authenticator app set up.");
    }
}
