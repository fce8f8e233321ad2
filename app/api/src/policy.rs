//! Policies: how sessions behave, by name, and what each has the browser do.

use serde::{Deserialize, Serialize};

/// How a session behaves, chosen by the operator.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum PolicyName {
    /// Silent refresh from a cookie; survives the closing of the tab.
    Retention,
    /// One access token is the whole session.
    Banking,
    /// The refresh token stays in the browser's memory.
    MemoryOnly,
    /// No JWT: an opaque id, looked up per request.
    ServerSession,
}

/// What a browser keeps of a session, beside an access token: all that a policy is to a client.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Keeps {
    /// A cookie that trades for access tokens.
    RefreshCookie,
    /// A cookie that proves each request, in place of any token.
    SessionCookie,
    /// A refresh token in the memory of one tab.
    RefreshToken,
    /// Nothing: the session is its one access token.
    Nothing,
}

impl PolicyName {
    /// Every policy, from the most lenient to the strictest: by what is left in the browser for somebody else to find.
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

    /// The policy of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.name() == name)
    }

    /// What the browser keeps of a session.
    pub const fn keeps(self) -> Keeps {
        match self {
            Self::Retention => Keeps::RefreshCookie,
            Self::Banking => Keeps::Nothing,
            Self::MemoryOnly => Keeps::RefreshToken,
            Self::ServerSession => Keeps::SessionCookie,
        }
    }
}

impl Keeps {
    /// Whether all tabs of a browser share the session, and it outlives them; otherwise it lives and dies with one tab.
    pub const fn is_cookie(self) -> bool {
        matches!(self, Self::RefreshCookie | Self::SessionCookie)
    }

    /// Whether requests are proved by an access token.
    pub const fn has_access_token(self) -> bool {
        !matches!(self, Self::SessionCookie)
    }

    /// Whether the session goes on when its access token has come to its end.
    pub const fn is_renewable(self) -> bool {
        !matches!(self, Self::Nothing)
    }
}

#[cfg(test)]
mod tests {
    use crate::PolicyName;

    #[test]
    fn names_in_the_database_are_the_names_on_the_wire() {
        for value in PolicyName::ALL {
            assert_eq!(serde_json::to_value(value).expect("a name"), value.name());
        }
    }
}
