//! Causes of notices.

use doorward_api::FactorKind;

use super::{factor_changes::FactorChange, passkeys::PasskeyChange};
use crate::model::{began_with::PasskeyId, device::Device, registration::Code, session::SessionId};

/// What a notice is about. Has no `Debug`, so that a code in it cannot be logged.
#[derive(Clone, Copy)]
pub enum Cause<'a> {
    /// A login on a device that the account has not used lately.
    NewDevice {
        session: &'a SessionId,
        device: &'a Device,
    },
    PasswordChanged {
        device: &'a Device,
    },
    /// A new password was set with a link.
    ResetDone {
        device: &'a Device,
        /// The second factors of the account, which stay.
        factors: &'a [FactorKind],
    },
    /// Many wrong second factors behind a right password.
    SecondFactorFailed {
        device: &'a Device,
    },
    RecoveryCodeUsed {
        device: &'a Device,
        codes_left: u32,
    },
    /// To the present address, with its code if that is required.
    EmailChangeAsked {
        device: &'a Device,
        code: Option<&'a Code>,
    },
    /// To the new address.
    EmailChanged {
        device: &'a Device,
    },
    /// To the address before the change, which the link of this notice restores.
    EmailReplaced {
        device: &'a Device,
    },
    FactorChanged {
        change: FactorChange,
        device: &'a Device,
    },
    Passkey {
        change: PasskeyChange,
        passkey: &'a PasskeyId,
        device: &'a Device,
    },
    /// By an administrator, as all below.
    FactorsReset,
    AccountDisabled,
    AccountEnabled,
    SessionsEnded,
}

impl Cause<'_> {
    pub const fn purpose(&self) -> &'static str {
        match self {
            Self::NewDevice { .. } => "new-device",
            Self::PasswordChanged { .. } => "password-changed",
            Self::ResetDone { .. } => "reset-done",
            Self::SecondFactorFailed { .. } => "second-factor-failed",
            Self::RecoveryCodeUsed { .. } => "recovery-code-used",
            Self::EmailChangeAsked { .. } => "email-change-asked",
            Self::EmailChanged { .. } => "email-changed",
            Self::EmailReplaced { .. } => "email-replaced",
            Self::FactorChanged { change, .. } => change.purpose(),
            Self::FactorsReset => "factors-reset",
            Self::Passkey { change, .. } => change.purpose(),
            Self::AccountDisabled => "account-disabled",
            Self::AccountEnabled => "account-enabled",
            Self::SessionsEnded => "sessions-ended",
        }
    }

    pub const fn device(&self) -> Option<&Device> {
        match self {
            Self::NewDevice { device, .. }
            | Self::PasswordChanged { device }
            | Self::ResetDone { device, .. }
            | Self::SecondFactorFailed { device }
            | Self::RecoveryCodeUsed { device, .. }
            | Self::EmailChangeAsked { device, .. }
            | Self::EmailChanged { device }
            | Self::EmailReplaced { device }
            | Self::FactorChanged { device, .. }
            | Self::Passkey { device, .. } => Some(device),
            Self::FactorsReset | Self::AccountDisabled | Self::AccountEnabled | Self::SessionsEnded => None,
        }
    }

    pub(super) const fn code(&self) -> Option<&Code> {
        if let Self::EmailChangeAsked { code, .. } = self { *code } else { None }
    }
}
