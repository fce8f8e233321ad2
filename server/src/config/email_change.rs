//! The value of `email_change`.

use std::str::FromStr;

/// What a change of the email requires of the present address.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum EmailChange {
    /// `notify` for accounts with a second factor, `both` for all others.
    Auto,
    /// Only the new address is proved; the present one is notified.
    Notify,
    /// A code from the present address is required, too.
    Both,
}

impl EmailChange {
    /// Whether the code from the present address is required.
    pub fn needs_old_code(self, has_second_factor: bool) -> bool {
        match self {
            Self::Notify => false,
            Self::Auto => !has_second_factor,
            Self::Both => true,
        }
    }
}

impl FromStr for EmailChange {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "auto" => Ok(Self::Auto),
            "notify" => Ok(Self::Notify),
            "both" => Ok(Self::Both),
            _ => Err(()),
        }
    }
}
