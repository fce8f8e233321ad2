//! `DELETE /api/account`: the end of the caller's account.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// The deletion of an account that was asked for. Answer to `DELETE /api/account`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Deletion {
    /// When the account is deleted for good. Until then, the deletion can be undone.
    pub delete_at: Timestamp,
}
