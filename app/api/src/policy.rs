//! Session policies by name, and where each stores the credential of a session.

use serde::{Deserialize, Serialize};

/// Name of a session policy. The operator chooses which policies apply to whom.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum PolicyName {
    /// Persistent login with silent refresh: the refresh token is in a cookie and survives the closing of the tab.
    Retention,
    /// Non-renewable session with step-up re-login: one access token is the whole session.
    Banking,
    /// In-memory refresh token: the session is bound to one tab.
    MemoryOnly,
    /// Opaque server-side session: a session cookie, no tokens; the server looks it up for each request.
    ServerSession,
}

/// Where a browser stores the credential of a session, other than the access token, which is always in memory. To a
/// client this is all that policies differ in.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum CredentialStorage {
    /// A refresh token in an `HttpOnly` cookie.
    RefreshCookie,
    /// An `HttpOnly` session cookie, sent with each request; there are no tokens.
    SessionCookie,
    /// A refresh token in the memory of one tab.
    RefreshToken,
    /// No stored credential: one access token is the whole session.
    AccessTokenOnly,
}

impl PolicyName {
    /// Every policy, from the most lenient to the strictest, judged by what remains in the browser.
    pub const ALL: [Self; 4] = [Self::Retention, Self::ServerSession, Self::MemoryOnly, Self::Banking];

    /// The name on the wire, in settings and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Retention => "retention",
            Self::Banking => "banking",
            Self::MemoryOnly => "memory-only",
            Self::ServerSession => "server-session",
        }
    }

    /// Parses [`name`](Self::name).
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.name() == name)
    }

    /// Where a browser stores the credential of a session under this policy.
    pub const fn credential_storage(self) -> CredentialStorage {
        match self {
            Self::Retention => CredentialStorage::RefreshCookie,
            Self::Banking => CredentialStorage::AccessTokenOnly,
            Self::MemoryOnly => CredentialStorage::RefreshToken,
            Self::ServerSession => CredentialStorage::SessionCookie,
        }
    }
}

impl CredentialStorage {
    /// Whether the credential is a cookie: all tabs of a browser share the session, and it outlives them. Otherwise the
    /// session is bound to one tab.
    pub const fn is_cookie(self) -> bool {
        matches!(self, Self::RefreshCookie | Self::SessionCookie)
    }

    /// Whether requests carry an access token.
    pub const fn has_access_token(self) -> bool {
        !matches!(self, Self::SessionCookie)
    }

    /// Whether the session continues after its access token has expired.
    pub const fn is_renewable(self) -> bool {
        !matches!(self, Self::AccessTokenOnly)
    }
}

#[cfg(test)]
mod tests {
    use crate::PolicyName;

    #[test]
    fn names_match_the_json() {
        for value in PolicyName::ALL {
            assert_eq!(serde_json::to_value(value).expect("a name"), value.name());
        }
    }
}
