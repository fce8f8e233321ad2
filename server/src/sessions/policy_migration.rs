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

/// Migrates all live sessions to the policies of this server.
pub async fn migrate(sessions: &Sessions) -> Result<(), sqlx::Error> {
    let mut after = SessionId(String::new());
    let (mut ended, mut shortened_count) = (0, 0);
    loop {
        let now = sessions.clock.now();
        let page = sessions.store.live_sessions_after(&after, now, PAGE).await?;
        let Some((last, _)) = page.last() else { break };
        after = last.id.clone();

        let mut shorter = Vec::new();
        for (mut session, roles) in page {
            sessions.last_used.apply(&mut session);
            let policy = sessions.policies.for_roles(&roles);
            if ends_at_once(&session, policy, now) {
                let by = &Actor::Operator;
                let end = sessions.store.end_session(&session.id, EndReason::PolicyChanged, by, now).await?;
                ended += usize::from(end.is_some());
                sessions.revocations.add(end);
            } else {
                shorter.extend(shortened(&session, policy));
            }
        }
        shortened_count += shorter.len();
        sessions.store.shorten_sessions(&shorter, now.plus(RETENTION)).await?;
    }
    if ended + shortened_count > 0 {
        tracing::info!(ended, shortened = shortened_count, "live sessions migrated to stricter policies");
    }
    Ok(())
}

/// Whether the session ends at once. A session past a new idle timeout is left to the sweep: it may just have been used
/// on another node.
fn ends_at_once(session: &Session, policy: &Policy, now: Moment) -> bool {
    !session.permitted_under(policy) || session.clone().clamped_to(policy).expires_at <= now
}

/// The session with its new limits; `None` if they are the same.
fn shortened(session: &Session, policy: &Policy) -> Option<Session> {
    let limited = session.clone().clamped_to(policy);
    let is_shorter = limited.expires_at < session.expires_at || limited.idle_timeout != session.idle_timeout;
    is_shorter.then_some(limited)
}

/// The effect of new policies on live sessions.
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
            if ends_at_once(&session, policy, now) {
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
