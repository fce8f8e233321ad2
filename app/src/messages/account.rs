//! Messages of the account page.

use doorward_api::{CredentialStorage, PolicyName};

pub(crate) const NAME_CHANGED: &str = "Name updated.";
pub(crate) const PASSWORD_CHANGED: &str = "Password changed. Your other devices have been logged out.";
pub(crate) const WRONG_CURRENT_PASSWORD: &str = "This is not your current password.";

/// How long a session lasts, from the user's point of view.
pub(crate) fn policy(name: PolicyName) -> &'static str {
    match name.credential_storage() {
        CredentialStorage::RefreshCookie | CredentialStorage::SessionCookie => {
            "You stay logged in, even after you close the browser."
        }
        CredentialStorage::RefreshToken => "This session is limited to one tab. Reloading or closing it logs you out.",
        CredentialStorage::AccessTokenOnly => {
            "This is a short session. When it ends, you log in again without losing your place. \
             Reloading or closing the tab logs you out."
        }
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
