use serde::{Deserialize, Serialize};

use crate::acr::Acr;

/// The longest lifetime (`exp - iat`) that an access token may have, in seconds.
pub const MAX_TOKEN_LIFETIME: i64 = 15 * 60;

/// The claims of an access token (RFC 9068, section 2.2). All but `acr` and `amr` are required; unknown claims are ignored.
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
    /// When the user last proved who they are (OIDC Core, section 2): at the login or at a confirmation since. A refresh does not
    /// move it.
    pub auth_time: i64,
    /// The user's display name; may be empty.
    pub name: String,
    /// The user's roles, such as `admin`.
    pub roles: Vec<String>,
    /// How strongly the user proved that. `None` in tokens of a Doorward without confirmations, whose `auth_time` is that of the
    /// login.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<Acr>,
    /// With what the user proved that (RFC 8176), such as `pwd`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
}

impl Claims {
    /// Whether `roles` contains exactly `role`; upper and lower case differ.
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.iter().any(|held| held == role)
    }

    /// Whether the user has proved who they are at least this strongly. `false` for a token without `acr`.
    pub fn is_at_least(&self, acr: Acr) -> bool {
        self.acr.is_some_and(|proved| proved >= acr)
    }

    /// Whether the user has proved who they are less than `max_age` seconds before `now`. `false` for a token without
    /// `acr`.
    pub fn is_recent(&self, max_age: u64, now: i64) -> bool {
        self.acr.is_some() && now.saturating_sub_unsigned(max_age) < self.auth_time
    }
}
