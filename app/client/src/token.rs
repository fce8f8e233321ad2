//! Tokens, and when to ask for the next one.

use std::{rc::Rc, time::Duration};

use super::{
    inspector::TokenParts,
    platform::{Clocks, Moment},
};

/// Ours are far smaller, and every verifier refuses longer ones unread.
const MAX_LENGTH: usize = 4096;

/// How long before its end a token counts as old: enough for a slow request to arrive in time.
const MARGIN: Duration = Duration::from_secs(10);

/// The most that chance adds to the margin, as a part of it: browsers that were granted their tokens together do not
/// come back together.
const JITTER: f64 = 0.5;

/// A token of the right shape. Cannot be printed.
#[derive(Clone, Eq, PartialEq)]
pub(super) struct AccessToken(Rc<str>);

impl AccessToken {
    /// Takes what has the shape of a JWT. What it says is the server's business.
    pub(super) fn parse(text: &str) -> Option<Self> {
        is_jwt(text).then(|| Self(text.into()))
    }

    /// Taken apart for the inspector; `None` if it is not what it looked like.
    pub(super) fn parts(&self) -> Option<TokenParts> {
        let mut parts = self.0.split('.').map(base64url);
        let (header, claims, signature) = (parts.next()??, parts.next()??, parts.next()??);
        let (header, claims) = (String::from_utf8(header).ok()?, String::from_utf8(claims).ok()?);
        Some(TokenParts { header, claims, signature_length: signature.len() })
    }

    /// The text for the `Authorization` header.
    pub(super) fn secret(&self) -> &str {
        &self.0
    }
}

/// A refresh token of the right shape, where the browser keeps it in memory. Cannot be printed.
#[derive(Clone)]
pub(super) struct RefreshToken(Rc<str>);

impl RefreshToken {
    /// Takes what has the shape of a JWT.
    pub(super) fn parse(text: &str) -> Option<Self> {
        is_jwt(text).then(|| Self(text.into()))
    }

    /// The text for the body of a refresh or a logout.
    pub(super) fn secret(&self) -> &str {
        &self.0
    }
}

fn is_jwt(text: &str) -> bool {
    let is_base64url = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    text.len() <= MAX_LENGTH && text.split('.').count() == 3 && text.split('.').all(is_base64url)
}

/// Reads base64url without padding (RFC 4648, section 5). A library for it would be larger than this.
fn base64url(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut held) = (0_u32, 0);
    for digit in text.bytes() {
        let six = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(six);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xff).ok()?);
        }
    }
    Some(bytes)
}

/// How far a token's life has gone.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Age {
    /// Good for longer than the margin.
    Good,
    /// Still good, but a refresh is due.
    Old,
    /// Past its end.
    Dead,
}

/// An access token and its life.
#[derive(Clone)]
pub(super) struct Token {
    pub(super) text: AccessToken,
    asked_at: Clocks,
    fresh_for: Duration,
    end: Moment,
}

impl Token {
    /// The life counts from when the token was asked for: the answer's journey is part of it.
    pub(super) fn new(text: AccessToken, asked_at: Clocks, life: Duration, chance: f64) -> Self {
        // Of a short life the usual margin would leave nothing.
        let margin = MARGIN.min(life / 5).mul_f64(1.0 + JITTER * chance.clamp(0.0, 1.0));
        Self { text, asked_at, fresh_for: life.saturating_sub(margin), end: asked_at.steady + life }
    }

    /// A token after which there is none: it is used up to its end.
    pub(super) fn last(text: AccessToken, asked_at: Clocks, life: Duration) -> Self {
        Self { text, asked_at, fresh_for: Duration::MAX, end: asked_at.steady + life }
    }

    /// A token whose life may be over, if the time of day is right, is old and not dead: it may also be that the time
    /// of day was set. A refresh settles it, and the next token counts by the new time of day.
    pub(super) fn age(&self, now: Clocks) -> Age {
        if now.steady >= self.end {
            Age::Dead
        } else if now.perhaps_since(self.asked_at) >= self.fresh_for {
            Age::Old
        } else {
            Age::Good
        }
    }

    /// When it is dead for certain.
    pub(super) fn end(&self) -> Moment {
        self.end
    }

    /// When a refresh is due.
    pub(super) fn refresh_from(&self) -> Moment {
        self.asked_at.steady + self.fresh_for
    }

    /// From now on it counts as past its end.
    pub(super) fn expire(&mut self, now: Moment) {
        self.end = self.end.min(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn token(life: Duration, chance: f64) -> Token {
        Token::new(AccessToken::parse("a.b.c").expect("a token"), at(100, 0), life, chance)
    }

    /// So many seconds on the steady clock, and so many more on the other.
    fn at(steady: u64, slept: i32) -> Clocks {
        let steady = Duration::from_secs(steady);
        Clocks { steady: Moment(steady), wall: (steady.as_secs_f64() + f64::from(slept)) * 1000.0 }
    }

    #[test]
    fn only_what_has_the_shape_of_a_jwt_is_taken() {
        assert!(AccessToken::parse("eyJ0.e30-_.c2ln").is_some());
        for not_a_jwt in ["", "a", "a.b", "a.b.c.d", "a..c", "a.b.c\n", "a.b.ü", "a b.c.d", "<html>.a.b"] {
            assert!(AccessToken::parse(not_a_jwt).is_none(), "{not_a_jwt:?}");
        }
        assert!(AccessToken::parse(&format!("a.b.{}", "c".repeat(MAX_LENGTH))).is_none());
    }

    #[test]
    fn the_margin_never_eats_up_a_short_life() {
        let short = token(5 * SECOND, 0.0);
        assert_eq!([103, 104, 105].map(|now| short.age(at(now, 0))), [Age::Good, Age::Old, Age::Dead]);

        let usual = token(300 * SECOND, 0.0);
        assert_eq!([389, 390, 400].map(|now| usual.age(at(now, 0))), [Age::Good, Age::Old, Age::Dead]);
    }

    #[test]
    fn chance_spreads_the_refreshes_but_never_past_the_margin() {
        let usual = token(300 * SECOND, 1.0);
        assert_eq!([384, 385, 400].map(|now| usual.age(at(now, 0))), [Age::Good, Age::Old, Age::Dead]);
    }

    // 23, 24
    #[test]
    fn a_time_of_day_that_ran_ahead_makes_a_token_old_and_never_dead() {
        let token = token(300 * SECOND, 0.0);
        assert_eq!(token.age(at(101, 288)), Age::Good);
        assert_eq!(token.age(at(101, 289)), Age::Old);
        assert_eq!(token.age(at(101, 3600)), Age::Old);
    }

    #[test]
    fn a_last_token_is_good_until_its_end_whatever_the_time_of_day_says() {
        let last = Token::last(AccessToken::parse("a.b.c").expect("a token"), at(100, 0), 300 * SECOND);
        assert_eq!([399, 400].map(|now| last.age(at(now, 0))), [Age::Good, Age::Dead]);
        assert_eq!(last.age(at(101, 3600)), Age::Good);
    }

    // 23
    #[test]
    fn a_time_of_day_that_went_back_changes_nothing() {
        let token = token(300 * SECOND, 0.0);
        assert_eq!([389, 390, 400].map(|now| token.age(at(now, -3600))), [Age::Good, Age::Old, Age::Dead]);
    }
}
