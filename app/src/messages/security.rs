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
