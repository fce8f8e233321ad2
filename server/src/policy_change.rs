//! What a change of the policies does to sessions that are live: at the start of a server with other settings, and, for
//! whoever only wants to know, before.
//!
//! A session keeps the rules with which it began, or today's where those are stricter ([`Session::under`]). Refreshes and
//! session cookies are held to that as they come ([`crate::proof`]); this ends and shortens what nobody asks for.

use std::time::Duration;

use app::api::EndReason;

use crate::{
    audit::Actor,
    clock::Moment,
    policy::Policies,
    revocation::REMEMBERED,
    session::{Session, SessionId, Today},
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
            app.last_use.apply(&mut session);
            match session.under(app.config.policies.of(&roles), now) {
                Today::Over => {
                    let by = &Actor::OPERATOR;
                    let end = app.store.end_session(&session.id, EndReason::PolicyChanged, by, now).await?;
                    ended += usize::from(end.is_some());
                    app.revocations.add(end);
                }
                Today::Lives(today) => shorter.extend(with_grace(&session, today, now)),
            }
        }
        shortened += shorter.len();
        app.store.shorten_sessions(&shorter).await?;
    }
    if ended + shortened > 0 {
        tracing::info!(ended, shortened, "the policies have become stricter, and live sessions with them");
    }
    Ok(())
}

/// The session as it is to be from now on; `None` where nothing changes. Its present access token must not outlive it, so
/// it has at least the time that such a token has.
fn with_grace(session: &Session, today: Session, now: Moment) -> Option<Session> {
    let expires_at = today.expires_at.max(now.plus(REMEMBERED)).min(session.expires_at);
    let is_shorter = expires_at < session.expires_at || today.idle_limit != session.idle_limit;
    is_shorter.then_some(Session { expires_at, ..today })
}

/// What a change would do, in numbers of live sessions.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Preview {
    /// They end at once.
    pub at_once: usize,
    /// They end sooner than they would have: after which time, the soonest first.
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
            match session.under(then.of(&roles), now) {
                Today::Over => preview.at_once += 1,
                Today::Lives(today) if today.over_at() < session.over_at() => {
                    preview.sooner.push(today.over_at().since(now));
                }
                Today::Lives(_) => preview.unchanged += 1,
            }
        }
    }
    preview.sooner.sort();
    Ok(preview)
}
