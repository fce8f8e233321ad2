//! Why sessions end.

use serde::{Deserialize, Serialize};

/// Why a session ended.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// Absolute timeout.
    Expired,
    /// Idle timeout.
    Idle,
    /// The user logged out.
    LoggedOut,
    /// The user ended it from another session.
    Revoked,
    /// An administrator ended it.
    RevokedByAdmin,
    /// The password was changed in another session.
    PasswordChanged,
    /// A newer login replaced it: in the same browser, or because the user had reached the session limit.
    Replaced,
    /// An operator reset all keys.
    KeysReset,
    /// An operator restored a backup, which would have made ended sessions live again.
    Restored,
    /// An operator changed the session policy.
    PolicyChanged,
    /// The user reported its login, or a change that was made from it, as a stranger's.
    NotMe,
    /// Too many wrong passwords in a row, when the user was asked to confirm who they are.
    TooManyConfirmations,
    /// The user undid a change of the email, with the link in the mail to the address before it.
    EmailRestored,
    /// The deletion of the account was asked for.
    AccountDeleted,
    /// The passkey that it began with was removed.
    CredentialRemoved,
    /// The second factors were removed, as an administrator had asked.
    FactorReset,
    /// Not known, or a reason that a later version added.
    #[serde(other)]
    Unknown,
}

impl EndReason {
    /// Every reason, in the order of declaration.
    pub const ALL: [Self; 17] = [
        Self::Expired,
        Self::Idle,
        Self::LoggedOut,
        Self::Revoked,
        Self::RevokedByAdmin,
        Self::PasswordChanged,
        Self::Replaced,
        Self::KeysReset,
        Self::Restored,
        Self::PolicyChanged,
        Self::NotMe,
        Self::TooManyConfirmations,
        Self::EmailRestored,
        Self::AccountDeleted,
        Self::CredentialRemoved,
        Self::FactorReset,
        Self::Unknown,
    ];

    /// The name on the wire and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Idle => "idle",
            Self::LoggedOut => "logged_out",
            Self::Revoked => "revoked",
            Self::RevokedByAdmin => "revoked_by_admin",
            Self::PasswordChanged => "password_changed",
            Self::Replaced => "replaced",
            Self::KeysReset => "keys_reset",
            Self::Restored => "restored",
            Self::PolicyChanged => "policy_changed",
            Self::NotMe => "not_me",
            Self::TooManyConfirmations => "too_many_confirmations",
            Self::EmailRestored => "email_restored",
            Self::AccountDeleted => "account_deleted",
            Self::CredentialRemoved => "credential_removed",
            Self::FactorReset => "factor_reset",
            Self::Unknown => "unknown",
        }
    }

    /// Parses [`name`](Self::name); [`Self::Unknown`] for any other text.
    pub fn from_name(name: &str) -> Self {
        Self::ALL.into_iter().find(|reason| reason.name() == name).unwrap_or(Self::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use crate::EndReason;

    #[test]
    fn names_match_the_json() {
        for value in EndReason::ALL {
            assert_eq!(serde_json::to_value(value).expect("a name"), value.name());
        }
    }
}
