//! Expiry: the absolute timeout and the idle timeout of sessions.
//!
//! An expiry is recorded before it is reported, with the moment at which the session expired. It is not added to the
//! [revocations](crate::revocation), and other nodes are not notified: an access token never outlives its session's next
//! expiry ([`Session::expires_or_idles_at`]), so it has expired already. While the [clock is in doubt](crate::clock_trust),
//! requests are rejected, but only a certain expiry is recorded, because that is final. If a clock is set back, such a token can become
//! valid again for the rest of its lifetime, as any token can; its session cannot.
//!
//! The exception is sessions [shortened](super::policy_migration) by a stricter policy, for as long as an earlier access
//! token may be valid: these are swept every second, and their ends are revocations, with
//! the moment at which they are recorded.

use std::time::Duration;

use doorward_api::EndReason;

use super::Sessions;
use crate::{
    clock::Moment,
    model::{
        session::{Session, SessionId},
        session_end::SessionEnd,
    },
    store::Store,
};

/// Maximum delay until a use on another node is in the database, with the next flush there.
pub const MAX_WRITE_LAG: Duration = Duration::from_millis(1500);

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Liveness {
    Active,
    /// Past its idle timeout.
    Idle {
        since: Moment,
    },
    /// Past its absolute timeout.
    Expired {
        since: Moment,
    },
}

impl Liveness {
    /// Why the session is rejected; `None` if it is active.
    pub fn end_reason(self) -> Option<EndReason> {
        match self {
            Self::Active => None,
            Self::Idle { .. } => Some(EndReason::Idle),
            Self::Expired { .. } => Some(EndReason::Expired),
        }
    }
}

/// The liveness of a session that has not been ended. If both timeouts have passed, the earlier one counts.
pub fn liveness(session: &Session, now: Moment) -> Liveness {
    let since = session.expires_or_idles_at();
    if since == session.expires_at {
        return if now < since { Liveness::Active } else { Liveness::Expired { since } };
    }
    // At the moment of its idle timeout a session is still live, at that of its absolute timeout it is not.
    if now <= since { Liveness::Active } else { Liveness::Idle { since } }
}

/// Whether a session that has reached a timeout has certainly done so, although the clock may be in doubt.
pub fn is_certain(sessions: &Sessions, session: &Session, liveness: Liveness) -> bool {
    let start = if matches!(liveness, Liveness::Idle { .. }) { session.last_used_at } else { session.created_at };
    start >= sessions.clock_trust.certain_since()
}

/// The end of a session; if it has certainly expired, records that first. `None` while the session is live.
pub async fn end_of(
    sessions: &Sessions,
    session_id: &SessionId,
    now: Moment,
) -> Result<Option<SessionEnd>, sqlx::Error> {
    // Usually recorded already: one query.
    let recorded = sessions.store.session_end(session_id, now).await?;
    if recorded.as_ref().is_some_and(|end| end.at.is_some()) {
        return Ok(recorded);
    }
    match record_expiry(sessions, session_id, now, sessions.clock_trust.certain_since()).await? {
        Some(end) => Ok(Some(end)),
        None => sessions.store.session_end(session_id, now).await,
    }
}

/// Records the expiry of a session that has expired by `now`, counted from a moment that is not before `certain_since`.
/// `None` if it has not, or has ended for another reason.
pub async fn record_expiry(
    sessions: &Sessions,
    session_id: &SessionId,
    now: Moment,
    certain_since: Moment,
) -> Result<Option<SessionEnd>, sqlx::Error> {
    // The last use may not have been flushed yet.
    if let Some(used) = sessions.last_used.of(session_id) {
        let used = used.min(sessions.clock.now());
        sessions.store.write_last_used(&[(session_id.clone(), used)]).await?;
    }
    let ended = sessions.store.end_if_expired(session_id, (now, certain_since), sessions.clock.now());
    let Some(ended) = ended.await? else { return Ok(None) };
    let end = ended.end.clone();
    if ended.leaves_tokens {
        sessions.revocations.add([ended]).await;
    } else {
        sessions.metrics.ended(end.reason);
        sessions.revocations.bar_soon(&[ended]);
    }
    Ok(Some(end))
}

/// The time to wait before a session is treated as idle, because a use on another node may not be in the database yet.
pub fn write_lag(store: &Store, idle_since: Moment, now: Moment) -> Option<Duration> {
    let lag = MAX_WRITE_LAG.checked_sub(now.since(idle_since))?;
    store.is_shared().then_some(lag)
}

/// The time until a session expires if it is not used; zero if it has expired.
pub async fn time_left(sessions: &Sessions, session_id: &SessionId) -> Result<Duration, sqlx::Error> {
    let Some(session) = sessions.store.session(session_id).await? else { return Ok(Duration::ZERO) };
    let now = sessions.clock.now();
    let session = sessions.current(session, now);
    let expiry = session.expires_or_idles_at();
    let left = expiry.since(now);
    if expiry == session.expires_at {
        return Ok(left);
    }
    // At the moment of its idle timeout a session is still live, and may just have been used on another node.
    Ok(left + if sessions.store.is_shared() { MAX_WRITE_LAG } else { Duration::from_millis(1) })
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use doorward_api::PolicyName;

    use super::*;
    use crate::model::{authentication::Authentication, device::Device, policy::Policy, user::UserId};

    fn session(lifetime: u64, idle_timeout: Option<u64>) -> Session {
        let policy = Policy {
            lifetime: Duration::from_secs(lifetime),
            idle_timeout: idle_timeout.map(Duration::from_secs),
            ..Policy::preset(PolicyName::Retention)
        };
        let device = Device::from_user_agent("");
        let from = (device, IpAddr::V4(Ipv4Addr::LOCALHOST));
        Session::begin(UserId("ada".into()), &policy, from, Authentication::with_password(Moment(0)), Moment(0))
    }

    #[test]
    fn the_earlier_of_two_timeouts_counts() {
        let both = session(60, Some(10));
        let idle = Liveness::Idle { since: Moment(10_000) };
        for (now, expected) in [(0, Liveness::Active), (10_000, Liveness::Active), (10_001, idle), (99_000, idle)] {
            assert_eq!(liveness(&both, Moment(now)), expected, "{now}");
        }
        let expired = Liveness::Expired { since: Moment(60_000) };
        for session in [session(60, None), session(60, Some(60)), session(60, Some(90))] {
            assert_eq!(liveness(&session, Moment(59_999)), Liveness::Active);
            assert_eq!(liveness(&session, Moment(60_000)), expired);
            assert_eq!(liveness(&session, Moment(99_000)), expired);
        }
    }
}
