//! Why a request was refused: the reason in the log and the label of the metric.

/// A request that a security control refused, or that is not valid.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Refusal {
    TooManyAttempts,
    Forbidden,
    /// From a network in `blocked_networks`.
    BlockedNetwork,
    CrossSiteRequest,
    InvalidCredentials,
    /// An access token that this server did not sign, or that a rotation has revoked.
    TokenInvalid,
    /// A refresh token or a session cookie that this server did not issue, or no longer has the session of.
    CredentialInvalid,
    MalformedRequest,
    InvalidInput,
    TooLarge,
    UnsupportedMediaType,
}

impl Refusal {
    pub const ALL: [Self; 11] = [
        Self::TooManyAttempts,
        Self::Forbidden,
        Self::BlockedNetwork,
        Self::CrossSiteRequest,
        Self::InvalidCredentials,
        Self::TokenInvalid,
        Self::CredentialInvalid,
        Self::MalformedRequest,
        Self::InvalidInput,
        Self::TooLarge,
        Self::UnsupportedMediaType,
    ];

    pub const fn label(self) -> &'static str {
        match self {
            Self::TooManyAttempts => "too_many_attempts",
            Self::Forbidden => "forbidden",
            Self::BlockedNetwork => "blocked_network",
            Self::CrossSiteRequest => "cross_site_request",
            Self::InvalidCredentials => "invalid_credentials",
            Self::TokenInvalid => "token_invalid",
            Self::CredentialInvalid => "credential_invalid",
            Self::MalformedRequest => "malformed_request",
            Self::InvalidInput => "invalid_input",
            Self::TooLarge => "too_large",
            Self::UnsupportedMediaType => "unsupported_media_type",
        }
    }

    /// Whether the request itself is at fault, as a mistyped form is: seldom an attack.
    pub const fn is_invalid_request(self) -> bool {
        matches!(self, Self::MalformedRequest | Self::InvalidInput | Self::TooLarge | Self::UnsupportedMediaType)
    }
}
