//! What a change of the policies does to sessions that are live: at the start of a server with other settings, and, for
//! whoever only wants to know, before.
//!
//! A session keeps the rules with which it began, or today's where those are stricter. Refreshes and session cookies are held
//! to that as they come ([`crate::sessions::authenticate`]); this ends and shortens what nobody asks for.

use std::time::Duration;

use doorward_api::EndReason;

use crate::{
    clock::Moment,
    model::{
        audit::Actor,
        policy::{Policies, Policy},
        session::{Session, SessionId},
    },
    revocation::set::RETENTION,
    state::AppState,
    store::Store,
};

/// So many sessions at a time.
const PAGE: usize = 500;

/// Brings all live sessions under the policies of this server, page by page.
pub async fn apply(app: &AppState) -> Result<(), sqlx::Error> {
    let mut after = SessionId(String::new());
    let (mut ended, mut shortened) = (0, 0);
    loop {
        let now = app.clock.now();
        let page = app.store.live_sessions_after(&after, now, PAGE).await?;
        let Some((last, _)) = page.last() else { break };
        after = last.id.clone();

        let mut shorter = Vec::new();
        for (mut session, roles) in page {
            app.last_used.apply(&mut session);
            let policy = app.config.policies.of(&roles);
            if is_over(&session, policy, now) {
                let by = &Actor::OPERATOR;
                let end = app.store.end_session(&session.id, EndReason::PolicyChanged, by, now).await?;
                ended += usize::from(end.is_some());
                app.revocations.add(end);
            } else {
                shorter.extend(shortened_by(&session, policy));
            }
        }
        shortened += shorter.len();
        app.store.shorten_sessions(&shorter, now.plus(RETENTION)).await?;
    }
    if ended + shortened > 0 {
        tracing::info!(ended, shortened, "the policies have become stricter, and live sessions with them");
    }
    Ok(())
}

/// Whether it ends at once. One that is idle by a shorter limit is not among them: another node may just have seen it used,
/// so it is left to the sweep.
fn is_over(session: &Session, today: &Policy, now: Moment) -> bool {
    !session.permitted_under(today) || session.clone().clamped_to(today).expires_at <= now
}

/// The session as it is to be from now on; `None` where nothing changes.
fn shortened_by(session: &Session, today: &Policy) -> Option<Session> {
    let limited = session.clone().clamped_to(today);
    let is_shorter = limited.expires_at < session.expires_at || limited.idle_timeout != session.idle_timeout;
    is_shorter.then_some(limited)
}

/// What a change would do, in numbers of live sessions.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Preview {
    /// They end at once.
    pub at_once: usize,
    /// They end sooner than they would have: after which time, the soonest first. What nobody has used for too long ends
    /// within seconds.
    pub sooner: Vec<Duration>,
    /// Nothing changes for them.
    pub unchanged: usize,
}

/// What `then` would do to the sessions that are live under the policies of today.
pub async fn preview(store: &Store, then: &Policies, now: Moment) -> Result<Preview, sqlx::Error> {
    let mut preview = Preview::default();
    let mut after = SessionId(String::new());
    loop {
        let page = store.live_sessions_after(&after, now, PAGE).await?;
        let Some((last, _)) = page.last() else { break };
        after = last.id.clone();
        for (session, roles) in page.into_iter().filter(|(session, _)| !session.is_idle(now)) {
            let policy = then.of(&roles);
            let limited = session.clone().clamped_to(policy);
            if is_over(&session, policy, now) {
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
