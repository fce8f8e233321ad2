use crate::{clock::Moment, model::challenge::ChallengeUse};
use doorward_api::ChallengePurpose;
pub struct Challenges;
impl Challenges {
    pub fn new(_s: &crate::keys::master_secret::MasterSecret) -> Self {
        Self
    }
}
pub struct Binding<'a> {
    pub purpose: ChallengePurpose,
    pub subject: &'a str,
}
impl Challenges {
    pub fn open(&self, _challenge: &str, _binding: &Binding<'_>, _now: Moment) -> Option<ChallengeUse> {
        None
    }
}
