//! Who can create an account.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Who can create an account.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RegistrationMode {
    /// Everyone, if the domain of their email is allowed.
    #[default]
    Open,
    /// Those whom an administrator has invited.
    Invite,
    /// The operator adds users.
    Closed,
}

impl FromStr for RegistrationMode {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "open" => Ok(Self::Open),
            "invite" => Ok(Self::Invite),
            "closed" => Ok(Self::Closed),
            _ => Err(()),
        }
    }
}
