//! Second factors on their way to being used up.

use doorward_api::FactorKind;

use super::{credential::CredentialHash, notice::Notice, passkey::PasskeyUse, totp::SeedId};

/// Wrong second factors in a row after which the logins that wait for one end.
pub const MAX_WRONG_SECOND_FACTORS: i64 = 5;

/// A right second factor that has not been used up. The transaction of what it proves does that, as its condition: of any number
/// of concurrent uses one succeeds.
#[derive(Clone, Debug)]
pub struct FactorUse {
    pub proof: FactorProof,
    /// About this use. That of a passkey is for the case that its counter has not moved on.
    pub notice: Option<Notice>,
}

#[derive(Clone, Debug)]
pub enum FactorProof {
    /// The code of a time step, which is newer than the last one used.
    Totp {
        seed_id: SeedId,
        step: i64,
    },
    RecoveryCode(CredentialHash),
    Passkey(Box<PasskeyUse>),
}

impl FactorProof {
    pub const fn kind(&self) -> FactorKind {
        match self {
            Self::Totp { .. } => FactorKind::Totp,
            Self::RecoveryCode(_) => FactorKind::RecoveryCode,
            Self::Passkey(_) => FactorKind::Passkey,
        }
    }
}
