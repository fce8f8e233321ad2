use crate::{clock::Moment, model::credential::CredentialHash};
#[derive(Clone, Debug)]
pub struct ChallengeUse {
    pub hash: CredentialHash,
    pub expires_at: Moment,
}
