//! The access token, and when to ask for the next one.

use std::{rc::Rc, time::Duration};

use super::platform::Moment;

/// Ours are far smaller, and every verifier refuses longer ones unread.
const MAX_LENGTH: usize = 4096;

/// How long before its end a token counts as old: enough for a slow request to arrive in time.
const MARGIN: Duration = Duration::from_secs(10);

/// A token of the right shape. Cannot be printed.
#[derive(Clone, Eq, PartialEq)]
pub(super) struct AccessToken(Rc<str>);

impl AccessToken {
    /// Takes what has the shape of a JWT. What it says is the server's business.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let is_base64url = |part: &str| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        };
        let well_formed = text.len() <= MAX_LENGTH && text.split('.').count() == 3 && text.split('.').all(is_base64url);
        well_formed.then(|| Self(text.into()))
    }

    /// The text for the `Authorization` header.
    pub(super) fn secret(&self) -> &str {
        &self.0
    }
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
    refresh_from: Moment,
    end: Moment,
}

impl Token {
    /// The life counts from when the token was asked for: the answer's journey is part of it.
    pub(super) fn new(text: AccessToken, asked_at: Moment, life: Duration) -> Self {
        // Of a short life the usual margin would leave nothing.
        let margin = MARGIN.min(life / 5);
        Self { text, refresh_from: asked_at + life.saturating_sub(margin), end: asked_at + life }
    }

    pub(super) fn age(&self, now: Moment) -> Age {
        if now >= self.end {
            Age::Dead
        } else if now >= self.refresh_from {
            Age::Old
        } else {
            Age::Good
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let text = AccessToken::parse("a.b.c").expect("a token");
        let at = |seconds| Moment(Duration::from_secs(seconds));

        let short = Token::new(text.clone(), at(100), Duration::from_secs(5));
        assert_eq!([103, 104, 105].map(|now| short.age(at(now))), [Age::Good, Age::Old, Age::Dead]);

        let usual = Token::new(text, at(100), Duration::from_mins(5));
        assert_eq!([389, 390, 400].map(|now| usual.age(at(now))), [Age::Good, Age::Old, Age::Dead]);
    }
}
