//! How, how strongly and when the user of a session last proved who they are.

use doorward_api::FactorKind;
use doorward_verify::Acr;

use crate::clock::Moment;

/// In the claims `auth_time`, `acr` and `amr` of access tokens.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Authentication {
    pub time: Moment,
    pub acr: Acr,
    /// Names of RFC 8176.
    pub amr: Vec<String>,
}

impl Authentication {
    /// With the password alone.
    pub fn with_password(time: Moment) -> Self {
        Self { time, acr: Acr::One, amr: vec!["pwd".into()] }
    }

    /// With the password and a second factor.
    pub fn with_second_factor(factor: FactorKind, time: Moment) -> Self {
        let (acr, name) = match factor {
            FactorKind::Passkey => (Acr::Phr, "pop"),
            // RFC 8176 has no name for a recovery code, which is a one-time password, too.
            FactorKind::Totp | FactorKind::RecoveryCode | FactorKind::Unknown => (Acr::Two, "otp"),
        };
        Self { time, acr, amr: ["pwd", name, "mfa"].map(str::to_owned).into() }
    }

    /// With a passkey alone, whose authenticator has verified the user: possession, and a PIN or a body part.
    pub fn with_passkey(time: Moment) -> Self {
        Self { time, acr: Acr::Phr, amr: ["pop", "user", "mfa"].map(str::to_owned).into() }
    }

    /// As text in a column.
    pub fn amr_text(&self) -> String {
        self.amr.join(" ")
    }

    pub fn from_columns(time: Moment, acr: &str, amr: &str) -> Self {
        Self { time, acr: acr.into(), amr: amr.split_ascii_whitespace().map(str::to_owned).collect() }
    }
}
