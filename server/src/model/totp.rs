//! One-time codes of authenticator apps (TOTP, RFC 6238): 6 digits of HMAC-SHA-1 over the number of 30-second steps since 1970,
//! which is what all apps support. SHA-1 is sound here, because HMAC does not depend on collisions.

use std::time::Duration;

use aws_lc_rs::{constant_time, hmac};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::base32;
use crate::{clock::Moment, random};

/// RFC 4226 recommends 160 bits.
const SEED_BYTES: usize = 20;

const STEP_SECONDS: i64 = 30;

const DIGITS: usize = 6;

/// How long a new seed waits for its first code.
pub const SETUP_LIFETIME: Duration = Duration::from_mins(10);

/// Steps before and after the present one whose codes are accepted: people type slowly, and the clocks of phones differ.
const TOLERANCE: i64 = 1;

/// Not a secret. Identifies a seed, so that a use of one does not count for the next.
#[derive(Clone, Debug, Eq, PartialEq, sqlx::Type)]
#[sqlx(transparent)]
pub struct SeedId(pub String);

impl From<String> for SeedId {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl SeedId {
    pub fn generate() -> Self {
        Self(random::id())
    }
}

/// The shared secret. Has no `Debug`, so that it cannot be logged.
pub struct Seed(Zeroizing<[u8; SEED_BYTES]>);

/// A seed that is encrypted anew.
#[derive(Clone, Debug)]
pub struct ResealedSeed {
    pub id: SeedId,
    /// As it is encrypted now.
    pub previous: String,
    /// `None`: it cannot be read any more, and is deleted.
    pub sealed: Option<String>,
    pub is_in_use: bool,
}

/// A code as entered. Has no `Debug`, so that it cannot be logged.
pub struct TotpCode(String);

impl TotpCode {
    /// Parses a code as typed or pasted: with spaces and hyphens, or in full-width digits.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > 128 {
            return None;
        }
        let is_separator = |c: &char| c.is_whitespace() || matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{200B}');
        let digits: String = text.nfkc().filter(|c| !is_separator(c)).collect();
        (digits.len() == DIGITS && digits.bytes().all(|digit| digit.is_ascii_digit())).then_some(Self(digits))
    }
}

/// The number of steps since 1970.
pub fn step_at(now: Moment) -> i64 {
    now.seconds().div_euclid(STEP_SECONDS)
}

impl Seed {
    pub fn generate() -> Self {
        Self(Zeroizing::new(random::bytes()))
    }

    /// `None` for bytes that are no seed of ours.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(|seed| Self(Zeroizing::new(seed)))
    }

    /// The seed, only to be encrypted.
    pub fn as_bytes(&self) -> &[u8] {
        &*self.0
    }

    /// The seed as apps read it, only to be shown once.
    pub fn to_base32(&self) -> String {
        base32::encode(&*self.0).to_ascii_uppercase()
    }

    /// The code of a step.
    pub fn code(&self, step: i64) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &*self.0);
        let tag = hmac::sign(&key, &step.to_be_bytes());
        let tag = tag.as_ref();
        // RFC 4226, section 5.3: the last four bits say where the number is.
        let offset = usize::from(tag[tag.len() - 1] & 15);
        let number = u32::from_be_bytes([tag[offset], tag[offset + 1], tag[offset + 2], tag[offset + 3]]);
        format!("{:0DIGITS$}", (number & 0x7fff_ffff) % 10_u32.pow(6))
    }

    /// The newest step with this code, of those that are accepted at `now`. Adjacent steps can have the same code: counted as the
    /// older one, the code could be used again as the newer one.
    pub fn newest_step(&self, code: &TotpCode, now: Moment) -> Option<i64> {
        let present = step_at(now);
        let matches =
            |step: &i64| constant_time::verify_slices_are_equal(self.code(*step).as_bytes(), code.0.as_bytes()).is_ok();
        (present - TOLERANCE..=present + TOLERANCE).filter(matches).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B: the last 6 of 8 digits.
    #[test]
    fn the_vectors_of_the_rfc() {
        let seed = Seed::from_bytes(b"12345678901234567890").expect("20 bytes");
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(seed.code(step_at(Moment(seconds * 1000))), code, "{seconds}");
        }
    }

    #[test]
    fn the_present_code_and_its_neighbors_are_accepted_and_no_others() {
        let seed = Seed::generate();
        let now = Moment(1_767_225_600_250);
        let step = step_at(now);
        for distance in -20..=20 {
            let code = TotpCode::parse(&seed.code(step + distance)).expect("six digits");
            let is_accepted = seed.newest_step(&code, now).is_some();
            let equals_a_neighbor = (-1..=1).any(|near| seed.code(step + near) == code.0);
            assert_eq!(is_accepted, distance.abs() <= 1 || equals_a_neighbor, "{distance}");
        }
        // In the last millisecond of the step, and in the first of the next one.
        let code = TotpCode::parse(&seed.code(step)).expect("six digits");
        let end = Moment((step + 2) * 30_000);
        assert!(seed.newest_step(&code, end.minus(Duration::from_millis(1))).is_some_and(|newest| newest >= step));
        let beyond = (step + 1..=step + 3).all(|near| seed.code(near) != code.0);
        assert!(!beyond || seed.newest_step(&code, end).is_none());
    }

    #[test]
    fn of_steps_with_the_same_code_the_newest_counts() {
        let seed = Seed::from_bytes(&[7; 20]).expect("20 bytes");
        for distance in [1, 2] {
            let first =
                (0..100_000_000).find(|step| seed.code(*step) == seed.code(step + distance)).expect("a collision");
            let code = TotpCode::parse(&seed.code(first)).expect("six digits");
            // Both are accepted in the step between them, or in either.
            let now = Moment((first + 1) * 30_000);
            assert_eq!(seed.newest_step(&code, now), Some(first + distance));
            assert_eq!(seed.newest_step(&code, Moment((first - 1) * 30_000)), Some(first));
        }
    }

    #[test]
    fn a_code_is_read_as_people_type_and_paste_it() {
        for text in ["012345", "012 345", " 012-345\n", "012\u{A0}345", "０１２３４５", "\u{200B}012345"] {
            assert_eq!(TotpCode::parse(text).expect(text).0, "012345", "{text:?}");
        }
        for text in ["", "12345", "0123456", "01234a", "٠١٢٣٤٥", &"0".repeat(1000)] {
            assert!(TotpCode::parse(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn seeds_have_160_bits_and_differ() {
        let (one, other) = (Seed::generate(), Seed::generate());
        assert!(one.as_bytes() != other.as_bytes() && one.to_base32().len() == 32);
        assert!(Seed::from_bytes(&[0; 19]).is_none() && Seed::from_bytes(&[0; 21]).is_none());
    }
}
