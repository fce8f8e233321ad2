//! How long to leave a server alone that did not answer.

use std::time::Duration;

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(30);

/// However long a server asks for, after this one more attempt is no burden on it.
const LONGEST_ASKED_FOR: Duration = Duration::from_hours(1);

/// The wait after so many failures in a row: it doubles, and `chance` spreads it out so that browsers that failed
/// together do not come back together. What the server asked for is a minimum.
pub(super) fn wait(failures: u32, asked_for: Option<Duration>, chance: f64) -> Duration {
    let doubled = FIRST.saturating_mul(1 << (failures.saturating_sub(1)).min(16)).min(LONGEST);
    let asked_for = asked_for.unwrap_or_default().min(LONGEST_ASKED_FOR);
    (doubled / 2).max(asked_for) + (doubled / 2).mul_f64(chance.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_wait_doubles_up_to_half_a_minute() {
        let longest = |failures| wait(failures, None, 1.0).as_secs();
        assert_eq!([1, 2, 3, 4, 5, 6, 7, u32::MAX].map(longest), [1, 2, 4, 8, 16, 30, 30, 30]);
        assert_eq!(wait(3, None, 0.0), 2 * SECOND);
    }

    #[test]
    fn nobody_comes_back_before_the_server_asked_them_to() {
        assert_eq!(wait(1, Some(7 * SECOND), 0.0), 7 * SECOND);
        assert!(wait(1, Some(7 * SECOND), 0.9) > 7 * SECOND);
        assert_eq!(wait(6, Some(SECOND), 0.0), 15 * SECOND);
        assert_eq!(wait(1, Some(Duration::MAX), 0.0), LONGEST_ASKED_FOR);
    }
}
