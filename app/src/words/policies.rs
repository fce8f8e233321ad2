//! What is said about how sessions behave.

use crate::components::TabBound;
use doorward_api::{CredentialStorage, PolicyName};

/// How a session behaves, for the person who has it, here or on another device.
pub(crate) fn policy(name: PolicyName) -> &'static str {
    match name.credential_storage() {
        CredentialStorage::RefreshCookie | CredentialStorage::SessionCookie => {
            "You stay logged in, also after you close the browser."
        }
        CredentialStorage::RefreshToken => "It lives in one tab alone: closing or reloading that tab logs you out.",
        CredentialStorage::AccessTokenOnly => {
            "It is short, and nothing renews it: when it ends, you log in again over the page. \
             Closing or reloading the tab logs you out, too."
        }
    }
}

/// What the browser keeps of a session, for those who look inside: its name, and where it is.
pub(crate) fn kept(name: PolicyName) -> (&'static str, &'static str) {
    match name.credential_storage() {
        CredentialStorage::RefreshCookie => (
            "A refresh token",
            "In a cookie that no script can read, and the browser sends it to this site alone. It trades for access tokens.",
        ),
        CredentialStorage::SessionCookie => (
            "An opaque id",
            "In a cookie that no script can read. It proves each request, and the server looks it up each time.",
        ),
        CredentialStorage::RefreshToken => (
            "A refresh token",
            "In this tab's memory, as the access token is, and gone with the tab. It is sent to be traded for access \
             tokens and to log out, and nowhere else.",
        ),
        CredentialStorage::AccessTokenOnly => {
            ("Nothing", "The access token is the whole session. Nothing renews it, so no refresh is ever tried.")
        }
    }
}

/// Under the form for logging in, where sessions end with their tab.
pub(crate) fn tab_bound(bound: TabBound) -> Option<&'static str> {
    match bound {
        TabBound::Never => None,
        TabBound::Sometimes => Some("With some accounts, closing or reloading the tab logs you out."),
        TabBound::Always => {
            Some("A login here is for one tab: others ask again, and closing or reloading it logs you out.")
        }
    }
}

/// Why nobody is logged in on a page that has been loaded again, as far as anybody can know.
pub(crate) fn gone_with_page(bound: TabBound) -> Option<&'static str> {
    match bound {
        TabBound::Never => None,
        TabBound::Sometimes => Some(
            "With some accounts, a session lives in one tab alone, and reloading or leaving the page ends it. \
             If you were logged in, please log in again.",
        ),
        TabBound::Always => Some(
            "A session here lives in one tab alone: reloading or leaving the page ends it. \
             If you were logged in, please log in again.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_policy_says_what_becomes_of_a_session_when_the_tab_is_closed() {
        for name in PolicyName::ALL {
            let told = policy(name);
            assert!(["close", "closing", "Closing"].iter().any(|word| told.contains(word)), "{told}");
            assert_eq!(told.contains("logs you out"), !name.credential_storage().is_cookie(), "{told}");
        }
    }

    #[test]
    fn a_deployment_where_no_session_ends_with_its_tab_says_nothing_of_tabs() {
        assert_eq!((tab_bound(TabBound::Never), gone_with_page(TabBound::Never)), (None, None));
        for bound in [TabBound::Sometimes, TabBound::Always] {
            assert!(tab_bound(bound).is_some() && gone_with_page(bound).is_some());
        }
    }
}
