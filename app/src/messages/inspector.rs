//! Messages of the inspector.

use doorward_api::{CredentialStorage, PolicyName};

/// The credential that the browser stores besides the access token: its name, and where it is stored.
pub(crate) fn stored_credential(name: PolicyName) -> (&'static str, &'static str) {
    match name.credential_storage() {
        CredentialStorage::RefreshCookie => (
            "A refresh token",
            "In an HttpOnly cookie that the browser sends to this site only. It is exchanged for access tokens.",
        ),
        CredentialStorage::SessionCookie => (
            "An opaque session id",
            "In an HttpOnly cookie. It authenticates each request, and the server looks it up each time.",
        ),
        CredentialStorage::RefreshToken => (
            "A refresh token",
            "In this tab's memory, like the access token, and gone with the tab. It is sent only to refresh and to log \
             out.",
        ),
        CredentialStorage::AccessTokenOnly => {
            ("Nothing", "The access token is the whole session. It cannot be refreshed.")
        }
    }
}
