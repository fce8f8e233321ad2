//! The challenges that authenticators sign. They are not stored before they are answered, so that asking for one costs no row: a
//! challenge carries its time, and an authentication code over that, its purpose and its subject.

use std::time::Duration;

use aws_lc_rs::{digest, hmac};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use doorward_api::ChallengePurpose;

use crate::{clock::Moment, keys::master_secret::MasterSecret, model::challenge::ChallengeUse, random};

/// Long enough to find the phone or the security key.
pub const LIFETIME: Duration = Duration::from_mins(10);

const RANDOM_BYTES: usize = 32;
const SIGNED_BYTES: usize = RANDOM_BYTES + 8;
const BYTES: usize = SIGNED_BYTES + 32;

/// What a challenge is bound to: an answer to it is worth nothing for another purpose or subject.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Binding<'a> {
    pub purpose: ChallengePurpose,
    /// The hash of the ticket of a second step, or the ID of the user of a session. Empty for a login.
    pub subject: &'a str,
}

/// Issues and verifies challenges.
pub struct Challenges(hmac::Key);

impl Challenges {
    pub fn new(secret: &MasterSecret) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret.derive("challenges").as_ref()))
    }

    /// A new challenge, in base64url.
    pub fn issue(&self, binding: &Binding, now: Moment) -> String {
        let mut signed = [0; SIGNED_BYTES];
        signed[..RANDOM_BYTES].copy_from_slice(&random::bytes::<RANDOM_BYTES>());
        signed[RANDOM_BYTES..].copy_from_slice(&now.plus(LIFETIME).0.to_be_bytes());
        let code = hmac::sign(&self.0, &message(&signed, binding));
        URL_SAFE_NO_PAD.encode([&signed, code.as_ref()].concat())
    }

    /// `None` for a challenge that is not genuine, has expired, or is bound to something else. The use of it is part of the
    /// transaction of what it is used for.
    pub fn open(&self, challenge: &str, binding: &Binding, now: Moment) -> Option<ChallengeUse> {
        let bytes: [u8; BYTES] = URL_SAFE_NO_PAD.decode(challenge).ok()?.try_into().ok()?;
        let (signed, code) = bytes.split_first_chunk::<SIGNED_BYTES>()?;
        hmac::verify(&self.0, &message(signed, binding), code).ok()?;
        let expires_at = Moment(i64::from_be_bytes(*signed.last_chunk()?));
        // Later than that is one from before the clock was set back.
        let is_valid = now < expires_at && expires_at <= now.plus(2 * LIFETIME);
        let hash = hex::encode(digest::digest(&digest::SHA256, &bytes));
        is_valid.then_some(ChallengeUse { hash, expires_at })
    }
}

/// Unambiguous: the first part has a fixed length, and no purpose contains a zero.
fn message(signed: &[u8; SIGNED_BYTES], binding: &Binding) -> Vec<u8> {
    let purpose = match binding.purpose {
        ChallengePurpose::Login => "login",
        ChallengePurpose::SecondFactor => "second factor",
        ChallengePurpose::Confirm => "confirm",
        ChallengePurpose::Passkey => "passkey",
    };
    [signed, purpose.as_bytes(), &[0], binding.subject.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Moment = Moment(1_767_225_600_250);
    const ADA: Binding = Binding { purpose: ChallengePurpose::Confirm, subject: "ada" };

    fn challenges() -> Challenges {
        Challenges::new(&MasterSecret::from_setting("the master secret of this test, long enough").expect("a secret"))
    }

    #[test]
    fn a_challenge_is_valid_for_ten_minutes() {
        let challenge = challenges().issue(&ADA, NOW);
        let end = NOW.plus(LIFETIME);
        let opened = challenges().open(&challenge, &ADA, NOW).expect("valid");
        assert_eq!((opened.expires_at, opened.hash.len()), (end, 64));
        assert_eq!(challenges().open(&challenge, &ADA, Moment(end.0 - 1)), Some(opened));
        assert_eq!(challenges().open(&challenge, &ADA, end), None);
        assert_eq!(
            challenges().open(&challenge, &ADA, NOW.minus(Duration::from_hours(1))),
            None,
            "the clock was set back"
        );
    }

    #[test]
    fn a_challenge_serves_no_other_purpose_and_no_other_subject() {
        use ChallengePurpose::{Confirm, Login, Passkey, SecondFactor};
        let bindings = [Login, SecondFactor, Confirm, Passkey]
            .into_iter()
            .flat_map(|purpose| ["", "ada", "bob", "a"].map(|subject| Binding { purpose, subject }))
            .collect::<Vec<_>>();
        for issued in &bindings {
            let challenge = challenges().issue(issued, NOW);
            for other in &bindings {
                assert_eq!(
                    challenges().open(&challenge, other, NOW).is_some(),
                    issued == other,
                    "{issued:?} as {other:?}"
                );
            }
        }
    }

    #[test]
    fn an_altered_or_foreign_challenge_is_none() {
        let challenge = challenges().issue(&ADA, NOW);
        let bytes = URL_SAFE_NO_PAD.decode(&challenge).expect("base64url");
        for bit in 0..bytes.len() * 8 {
            let mut altered = bytes.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(challenges().open(&URL_SAFE_NO_PAD.encode(altered), &ADA, NOW), None, "{bit}");
        }
        for malformed in
            ["", "=", &challenge[1..], &format!("{challenge}="), &format!("{challenge}AA"), &"A".repeat(96)]
        {
            assert_eq!(challenges().open(malformed, &ADA, NOW), None, "{malformed}");
        }
        let other = MasterSecret::from_setting("another master secret, also long enough").expect("a secret");
        assert_eq!(Challenges::new(&other).open(&challenge, &ADA, NOW), None);
    }

    #[test]
    fn no_two_challenges_are_alike() {
        let mut challenges: Vec<_> = (0..1000).map(|_| challenges().issue(&ADA, NOW)).collect();
        challenges.sort();
        challenges.dedup();
        assert_eq!(challenges.len(), 1000);
    }
}
