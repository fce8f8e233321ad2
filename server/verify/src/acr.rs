//! How strongly a user has proved who they are.

use serde::{Deserialize, Serialize};

/// The claim `acr` (OIDC Core, section 2), from the weakest to the strongest.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(from = "String", into = "String")]
#[non_exhaustive]
pub enum Acr {
    /// `1`: one factor. So counts every value that this version does not have.
    One,
    /// `2`: two factors.
    Two,
    /// `phr`: a factor that resists phishing, such as a passkey (EAP ACR Values of OIDC).
    Phr,
}

impl Acr {
    /// All levels, from the weakest to the strongest.
    pub(crate) const ALL: [Self; 3] = [Self::One, Self::Two, Self::Phr];

    /// The value of the claim.
    pub const fn name(self) -> &'static str {
        match self {
            Self::One => "1",
            Self::Two => "2",
            Self::Phr => "phr",
        }
    }
}

impl From<&str> for Acr {
    fn from(name: &str) -> Self {
        [Self::Two, Self::Phr].into_iter().find(|acr| acr.name() == name).unwrap_or(Self::One)
    }
}

impl From<String> for Acr {
    fn from(name: String) -> Self {
        name.as_str().into()
    }
}

impl From<Acr> for String {
    fn from(acr: Acr) -> Self {
        acr.name().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_ordered_and_an_unknown_one_is_the_lowest() {
        assert!(Acr::One < Acr::Two && Acr::Two < Acr::Phr);
        for acr in [Acr::One, Acr::Two, Acr::Phr] {
            assert_eq!(Acr::from(acr.name()), acr);
        }
        for unknown in ["", "0", "3", "PHR", "urn:example:gold"] {
            assert_eq!(Acr::from(unknown), Acr::One, "{unknown}");
        }
    }
}
