use serde::{Deserialize, Serialize};

/// The longest lifetime (`exp - iat`) that an access token may have, in seconds.
pub const MAX_TOKEN_LIFETIME: i64 = 15 * 60;

/// The claims of an access token (RFC 9068, section 2.2). All of them are required; unknown claims are ignored.
///
/// Times are whole seconds since the Unix epoch: `NumericDate` of RFC 7519, section 2, without fractions.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Claims {
    /// Issuer: the `public_url` of the Doorward server, an origin such as `https://login.example`.
    pub iss: String,
    /// Audience: the one recipient that the token is meant for. A list of audiences is not accepted.
    pub aud: String,
    /// Subject: the user's ID.
    pub sub: String,
    /// Session ID, as in OIDC Back-Channel Logout; sessions are revoked by it.
    pub sid: String,
    /// ID of this token.
    pub jti: String,
    /// Issued at.
    pub iat: i64,
    /// Not valid before this second.
    pub nbf: i64,
    /// Expires at: not valid in this second or later.
    pub exp: i64,
    /// When the user last entered their credentials (OIDC Core, section 2).
    pub auth_time: i64,
    /// The user's display name; may be empty.
    pub name: String,
    /// The user's roles, such as `admin`.
    pub roles: Vec<String>,
}

impl Claims {
    /// Whether `roles` contains exactly `role`; upper and lower case differ.
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.iter().any(|held| held == role)
    }
}
