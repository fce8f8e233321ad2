//! Access tokens: their shape and lifetime.

use std::time::Duration;

use crate::{
    clock::{Clocks, Moment},
    credentials::{
        AccessToken,
        Freshness::{self, Expired, Fresh, Stale},
        is_jwt,
    },
};

const SECOND: Duration = Duration::from_secs(1);

/// A token that was requested 100 seconds after the start of the clock.
fn token(lifetime: Duration, random: f64) -> AccessToken {
    AccessToken::new("a.b.c".into(), at(100, 0), lifetime, random)
}

/// Clocks after some seconds, with the wall clock ahead by others.
fn at(seconds: u64, ahead: i32) -> Clocks {
    let elapsed = Duration::from_secs(seconds);
    Clocks { monotonic: Moment(elapsed), wall: (elapsed.as_secs_f64() + f64::from(ahead)) * 1000.0 }
}

fn freshness(token: &AccessToken, seconds: [u64; 3], ahead: i32) -> [Freshness; 3] {
    seconds.map(|seconds| token.freshness(at(seconds, ahead)))
}

#[test]
fn only_text_in_the_shape_of_a_jwt_is_a_token() {
    assert!(is_jwt("eyJ0.e30-_.c2ln"));
    for malformed in ["", "a", "a.b", "a.b.c.d", "a..c", "a.b.c\n", "a.b.ü", "a b.c.d", "<html>.a.b"] {
        assert!(!is_jwt(malformed), "{malformed:?}");
    }
    assert!(!is_jwt(&format!("a.b.{}", "c".repeat(4096))));
}

#[test]
fn the_margin_does_not_use_up_a_short_lifetime() {
    assert_eq!(freshness(&token(5 * SECOND, 0.0), [103, 104, 105], 0), [Fresh, Stale, Expired]);
    assert_eq!(freshness(&token(300 * SECOND, 0.0), [389, 390, 400], 0), [Fresh, Stale, Expired]);
}

#[test]
fn jitter_makes_a_token_stale_earlier_and_never_later() {
    assert_eq!(freshness(&token(300 * SECOND, 1.0), [384, 385, 400], 0), [Fresh, Stale, Expired]);
}

// Behavior 23, 24.
#[test]
fn a_wall_clock_that_is_ahead_makes_a_token_stale_and_never_expired() {
    let token = token(300 * SECOND, 0.0);
    assert_eq!(token.freshness(at(101, 288)), Fresh);
    assert_eq!(token.freshness(at(101, 289)), Stale);
    assert_eq!(token.freshness(at(101, 3600)), Stale);
}

#[test]
fn a_non_renewable_token_is_fresh_until_it_expires_by_the_monotonic_clock() {
    let token = AccessToken::non_renewable("a.b.c".into(), at(100, 0), 300 * SECOND);
    assert_eq!([399, 400].map(|seconds| token.freshness(at(seconds, 0))), [Fresh, Expired]);
    assert_eq!(token.freshness(at(101, 3600)), Fresh);
}

// Behavior 23.
#[test]
fn a_wall_clock_that_went_back_changes_nothing() {
    assert_eq!(freshness(&token(300 * SECOND, 0.0), [389, 390, 400], -3600), [Fresh, Stale, Expired]);
}
