//! `/api/account/email`: a new email for the caller's account.

use serde::{Deserialize, Serialize};

/// Body of `POST /api/account/email`, which sends a code to a new address.
#[derive(Clone, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct ChangeEmail {
    /// The new email address; case does not matter.
    #[cfg_attr(feature = "utoipa", schema(required, format = Email, min_length = 3, max_length = 254))]
    pub email: String,
}

/// The response to a request to change the email. It is the same whether or not another account has the new address.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct PendingEmailChange {
    /// Identifies the change; worth nothing without the codes, and in no session but one of this user. Keep it in memory only.
    pub ticket: String,
    /// Lifetime of the ticket and its codes, in seconds.
    pub expires_in: u64,
    /// Whether `old_code` is required: the code from the mail to the present address.
    pub needs_old_code: bool,
}

/// Body of `PUT /api/account/email`, which changes the email.
#[derive(Clone, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct ConfirmEmailChange {
    /// The ticket of the change.
    #[cfg_attr(feature = "utoipa", schema(required))]
    pub ticket: String,
    /// The 8 digits from the mail to the new address; spaces and hyphens do not matter.
    #[cfg_attr(feature = "utoipa", schema(required))]
    pub code: String,
    /// The 8 digits from the mail to the present address, if `needs_old_code` is set.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub old_code: String,
}
