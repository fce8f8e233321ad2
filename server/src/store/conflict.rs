//! Conflicts between transactions, after which the work of one is repeated.

use std::time::Duration;

use tokio::time::sleep;

use super::explain::has_code;
use crate::random;

/// Maximum attempts.
const MAX_ATTEMPTS: u32 = 6;

/// Maximum pause before the first retry; it doubles with each.
const MAX_PAUSE: Duration = Duration::from_millis(10);

/// Whether the database has aborted a transaction in favor of another (`deadlock_detected`, `serialization_failure`), so that
/// it can be repeated.
pub(super) fn is_conflict(error: &sqlx::Error) -> bool {
    has_code(error, &["40P01", "40001"])
}

/// Whether what has failed with this error is repeated after so many attempts.
pub(super) fn may_repeat(error: &sqlx::Error, attempts: u32) -> bool {
    is_conflict(error) && attempts < MAX_ATTEMPTS
}

/// Waits for a part of the maximum by chance, because what conflicted once would otherwise do so again; counts an attempt.
pub(super) async fn pause_before_repeating(attempts: &mut u32) {
    let [fraction] = random::bytes::<1>();
    sleep(MAX_PAUSE * 2_u32.pow(*attempts - 1) * u32::from(fraction) / u32::from(u8::MAX)).await;
    *attempts += 1;
}
