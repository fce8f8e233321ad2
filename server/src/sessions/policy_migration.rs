//! Migrates live sessions to stricter policies: when a server starts with new settings, or as a preview.
//!
//! A session keeps the limits with which it began, or gets the current ones where those are stricter. Refreshes and session
//! cookies are clamped when they arrive ([`super::authenticate`]); the migration ends and shortens the other sessions.

use std::time::Duration;

use doorward_api::EndReason;

use super::{
    Sessions,
    expiry::{self, Liveness},
};
use crate::{
    clock::Moment,
    model::{
        audit::Actor,
        policy::{Policies, Policy},
        session::{Session, SessionId},
    },
    revocation::set::RETENTION,
    store::Store,
};

/// Sessions per query and per transaction.
const PAGE: usize = 500;

/// Sessions with times further ahead than this come from a clock that was fast. It covers the differences between nodes.
const MAX_AHEAD: Duration = Duration::from_secs(2);

/// The effect of a migration.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Migrated {
    pub ended: usize,
    pub shortened: usize,
    /// Sessions that began or were used in the future.
    pub redated: usize,
}

/// Migrates all live sessions to the policies of this server, and redates those, and audit events, that a fast clock has
/// dated in the future. While the clock is in doubt, it skips what depends on the time of day: run it again afterward.
pub async fn migrate(sessions: &Sessions) -> Result<Migrated, sqlx::Error> {
    let mut after = SessionId(String::new());
    let mut migrated = Migrated::default();
    loop {
        let certain_since = sessions.clock_trust.certain_since();
        let now = sessions.clock.now();
        let page = sessions.store.live_sessions_after(&after, now, PAGE).await?;
        let Some((last, _)) = page.last() else { break };
        after = last.id.clone();

        let (mut ahead, mut shorter) = (Vec::new(), Vec::new());
        for (stored, roles) in page {
            let latest = stored.created_at.max(stored.last_used_at).max(stored.authentication.time);
            let session = sessions.current(stored, now);
            let policy = sessions.policies.for_roles(&roles);
            if ends_at_once(&session, policy, now, certain_since) {
                let by = &Actor::Operator;
                let end = sessions.store.end_session(&session.id, EndReason::PolicyChanged, by, now).await?;
                migrated.ended += usize::from(end.is_some());
                sessions.revocations.add(end).await;
                continue;
            }
            shorter.extend(shortened(&session, policy, now));
            if latest > now.plus(MAX_AHEAD) && sessions.clock_trust.is_trusted() {
                ahead.push(session.clamped_to(policy));
            }
        }
        migrated.shortened += shorter.len();
        sessions.store.shorten_sessions(&shorter, now.plus(RETENTION)).await?;
        migrated.redated += ahead.len();
        sessions.store.redate_sessions(&ahead).await?;
    }
    while sessions.clock_trust.is_trusted() {
        let now = sessions.clock.now();
        if sessions.store.redate_events(now.plus(MAX_AHEAD), now).await? == 0 {
            break;
        }
    }
    let Migrated { ended, shortened, redated } = migrated;
    if ended + shortened > 0 {
        tracing::info!(ended, shortened, "live sessions migrated to stricter policies");
    }
    if redated > 0 {
        tracing::warn!(redated, "sessions had times in the future, from a fast clock; set to the current time");
    }
    Ok(migrated)
}

/// Whether the session ends at once. A session past a new idle timeout is left to the sweep: it may just have been used
/// on another node.
fn ends_at_once(session: &Session, policy: &Policy, now: Moment, certain_since: Moment) -> bool {
    let has_expired = session.clone().clamped_to(policy).expires_at <= now;
    !session.permitted_under(policy) || has_expired && session.created_at >= certain_since
}

/// The session with its new limits; `None` if they are the same, or if it has reached them by a clock in doubt.
fn shortened(session: &Session, policy: &Policy, now: Moment) -> Option<Session> {
    let limited = session.clone().clamped_to(policy);
    let is_shorter = limited.expires_at < session.expires_at || limited.idle_timeout != session.idle_timeout;
    (is_shorter && limited.expires_at > now).then_some(limited)
}

/// The effect of new policies on live sessions. Uses that running servers hold back do not count.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Preview {
    /// The number of sessions that end at once.
    pub at_once: usize,
    /// The time left to each session that now expires sooner, ascending. A session past a new idle timeout ends within
    /// seconds.
    pub sooner: Vec<Duration>,
    pub unchanged: usize,
}

pub async fn preview(store: &Store, policies: &Policies, now: Moment) -> Result<Preview, sqlx::Error> {
    let mut preview = Preview::default();
    let mut after = SessionId(String::new());
    loop {
        let page = store.live_sessions_after(&after, now, PAGE).await?;
        let Some((last, _)) = page.last() else { break };
        after = last.id.clone();
        for (session, roles) in
            page.into_iter().filter(|(session, _)| expiry::liveness(session, now) == Liveness::Active)
        {
            let policy = policies.for_roles(&roles);
            let limited = session.clone().clamped_to(policy);
            if ends_at_once(&session, policy, now, Moment(i64::MIN)) {
                preview.at_once += 1;
            } else if limited.expires_or_idles_at() < session.expires_or_idles_at() {
                preview.sooner.push(limited.expires_or_idles_at().since(now));
            } else {
                preview.unchanged += 1;
            }
        }
    }
    preview.sooner.sort();
    Ok(preview)
}
