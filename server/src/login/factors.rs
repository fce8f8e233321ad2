//! Verifies second factors. Attempts are counted before, and a right factor is used up in the transaction of what it proves.

use doorward_api::FactorKind;

use crate::{
    clock::Moment,
    keys::sealer::Sealer,
    model::{
        recovery_code::RecoveryCode,
        second_factor::FactorProof,
        totp::{Seed, TotpCode},
        user::UserId,
    },
    store::Store,
};

/// A second factor as the user has entered it. Has no `Debug`, so that it cannot be logged.
#[derive(Clone, Copy)]
pub enum PresentedFactor<'a> {
    Totp(&'a str),
    RecoveryCode(&'a str),
}

impl<'a> PresentedFactor<'a> {
    /// What was entered in the one field of a page without scripts. A code of an app has digits only, and a recovery code cannot.
    pub fn in_one_field(text: &'a str) -> Self {
        if RecoveryCode::parse(text).is_some() { Self::RecoveryCode(text) } else { Self::Totp(text) }
    }

    pub const fn kind(&self) -> FactorKind {
        match self {
            Self::Totp(_) => FactorKind::Totp,
            Self::RecoveryCode(_) => FactorKind::RecoveryCode,
        }
    }
}

/// A factor that is right.
pub struct VerifiedFactor {
    pub proof: FactorProof,
    /// How many recovery codes are left after the use of one.
    pub codes_left: Option<u32>,
}

/// `None`: the factor is wrong, or the user has none of this kind.
pub async fn verify(
    store: &Store,
    totp_sealer: &Sealer,
    user_id: &UserId,
    presented: &PresentedFactor<'_>,
    now: Moment,
) -> Result<Option<VerifiedFactor>, sqlx::Error> {
    match presented {
        PresentedFactor::Totp(text) => {
            let proof = verify_totp(store, totp_sealer, user_id, text, now).await?;
            Ok(proof.map(|proof| VerifiedFactor { proof, codes_left: None }))
        }
        PresentedFactor::RecoveryCode(text) => {
            let Some(code) = RecoveryCode::parse(text) else { return Ok(None) };
            let codes = store.recovery_codes_with(user_id, &code.hash()).await?;
            Ok(codes.map(|codes| VerifiedFactor {
                proof: FactorProof::RecoveryCode(code.hash()),
                codes_left: Some(codes.saturating_sub(1)),
            }))
        }
    }
}

async fn verify_totp(
    store: &Store,
    sealer: &Sealer,
    user_id: &UserId,
    text: &str,
    now: Moment,
) -> Result<Option<FactorProof>, sqlx::Error> {
    let Some(code) = TotpCode::parse(text) else { return Ok(None) };
    let Some(stored) = store.totp_seed(user_id).await? else { return Ok(None) };
    // A seed of a replaced master secret cannot be read: then no code is right.
    let seed = sealer.open(&stored.id.0, &stored.sealed).and_then(|bytes| Seed::from_bytes(&bytes));
    let step = seed.and_then(|seed| seed.newest_step(&code, now));
    Ok(step.map(|step| FactorProof::Totp { seed_id: stored.id, step }))
}
