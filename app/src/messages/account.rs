//! Messages of the account page.

use doorward_api::{CredentialStorage, PolicyName};

use super::{catalog::messages, messages};

messages! {
    Account {
        title,
        profile,
        edit,
        edit_name,
        save,
        name_changed,
        change_email,
        new_email,
        send_code,
        old_code,
        confirm_email,
        email_changed,
        confirmation,
        unconfirmed,
        email_confirmed,
        roles,
        password_lead,
        must_change_password,
        password_changed_at,
        current_password,
        new_password,
        change_password,
        password_changed,
        wrong_current_password,
        this_session,
        began,
        ends,
        time_left,
        other_devices,
        recent_activity,
        policy_browser,
        policy_tab,
        policy_short,
        your_data,
        data_copy,
        data_copy_about,
        download_data,
        data_downloaded,
        deletion,
        deletion_about,
        deletion_button,
        confirm_delete,
        delete_with_link,
        delete_by_operator,
    }
}

/// How long a session lasts, from the user's point of view.
pub(crate) fn policy(name: PolicyName) -> &'static str {
    let account = &messages().account;
    match name.credential_storage() {
        CredentialStorage::RefreshCookie | CredentialStorage::SessionCookie => account.policy_browser,
        CredentialStorage::RefreshToken => account.policy_tab,
        CredentialStorage::AccessTokenOnly => account.policy_short,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_policy_says_what_closing_the_tab_or_browser_does() {
        for name in PolicyName::ALL {
            let message = policy(name);
            assert!(["close", "closing"].iter().any(|word| message.contains(word)), "{message}");
            assert_eq!(message.contains("logs you out"), !name.credential_storage().is_cookie(), "{message}");
        }
    }
}
