//! Sessions that are over by themselves, and the writing down of it: with the moment at which they were over, its event, and
//! nobody who did it.
//!
//! Whoever is told of such an end can rely on it, so it is written before it is told; the sweep finds those that nobody
//! asks for. They do not go into the set of [revocations](crate::revocation::set), and no other node is called: an access token
//! is never good for longer than its session would be without another use ([`Session::expires_or_idles_at`]), so it is dead already.
//! A clock that is set back can bring such a token back for the rest of its life, as any token, but not its session.
//!
//! The exception are sessions that stricter rules have [shortened](crate::sessions::policy_migration), for as long as an access token
//! from before may be good: their ends are looked for every second, and told.

use std::{collections::HashMap, time::Duration};

use doorward_api::EndReason;

use crate::{
    clock::{Clock, Moment},
    model::session::{EndedSession, Session, SessionEnd, SessionId},
    sessions::authenticate::Presented,
    state::AppState,
};

/// The sweep ends what has been over for this long: nodes' clocks differ a little, and uses on other nodes take a
/// second to the database.
const OVER_FOR: Duration = Duration::from_mins(1);

/// How long a use can be known to another node alone: until its next batch is written.
const UNWRITTEN: Duration = Duration::from_millis(1500);

/// A clock that differs by more than this from what has passed has been set.
const DRIFT: Duration = Duration::from_mins(1);

/// A clock that leapt forward is believed after this long.
const DOUBT: Duration = Duration::from_hours(1);

/// How a session came to its end, written down before it is told; `None` while it is live.
pub async fn end_of(app: &AppState, session_id: &SessionId, now: Moment) -> Result<Option<SessionEnd>, sqlx::Error> {
    // Most that are asked for have been written down, and whoever asks again and again costs a look.
    let known = app.store.end_of(session_id, now).await?;
    if known.as_ref().is_some_and(|end| end.at.is_some()) {
        return Ok(known);
    }
    match settle(app, session_id, now).await? {
        Some(end) => Ok(Some(end)),
        None => app.store.end_of(session_id, now).await,
    }
}

/// Writes down the end of a session if it is over by itself; `None` when it is not, or ended otherwise.
async fn settle(app: &AppState, session_id: &SessionId, now: Moment) -> Result<Option<SessionEnd>, sqlx::Error> {
    // The latest use is perhaps still on its way to the database.
    if let Some(used) = app.last_used.of(session_id) {
        app.store.record_uses(&HashMap::from([(session_id.clone(), used)])).await?;
    }
    let ended = app.store.end_if_over(session_id, now).await?;
    Ok(ended.map(|ended| tell(app, ended)))
}

/// Tells of an end that was written down, where anybody needs to hear of it.
fn tell(app: &AppState, ended: EndedSession) -> SessionEnd {
    let end = ended.end.clone();
    if ended.leaves_tokens {
        app.revocations.add([ended]);
    } else {
        app.metrics.ended(end.reason);
    }
    end
}

/// Why the session of a proof that is refused is over.
pub async fn why(app: &AppState, presented: &Presented, now: Moment) -> Result<SessionEnd, sqlx::Error> {
    let end = match presented.session_id(app).await? {
        Some(session_id) => end_of(app, &session_id, now).await?,
        None => None,
    };
    // A token counts in whole seconds: it ends up to one before its session.
    let otherwise = if presented.is_expired { EndReason::Expired } else { EndReason::Unknown };
    Ok(end.unwrap_or(otherwise.into()))
}

/// How long to wait before a session that seems idle is: its last use may not have reached the database yet.
pub fn doubt(app: &AppState, session: &Session, now: Moment) -> Option<Duration> {
    let left = UNWRITTEN.checked_sub(now.since(session.expires_or_idles_at()))?;
    app.store.is_shared().then_some(left)
}

/// After which time a session is over if it is not used; at once when it is over now.
pub async fn left(app: &AppState, session_id: &SessionId) -> Result<Duration, sqlx::Error> {
    let Some(mut session) = app.store.session(session_id).await? else { return Ok(Duration::ZERO) };
    app.last_used.apply(&mut session);
    let left = session.expires_or_idles_at().since(app.clock.now());
    if session.expires_or_idles_at() == session.expires_at {
        return Ok(left);
    }
    // At its idle limit a session still lives, and it may have been used on another node just before.
    Ok(left + if app.store.is_shared() { UNWRITTEN } else { Duration::from_millis(1) })
}

/// Ends what has been over for a while.
pub async fn sweep(app: &AppState) -> Result<(), sqlx::Error> {
    end_all(app, app.clock.now().minus(OVER_FOR), Moment(0)).await
}

/// Ends what is over of the sessions that were shortened lately: their access tokens do not end by themselves.
pub async fn sweep_shortened(app: &AppState) -> Result<(), sqlx::Error> {
    let unwritten = if app.store.is_shared() { UNWRITTEN } else { Duration::ZERO };
    let by = app.clock.now().minus(unwritten);
    end_all(app, by, by).await
}

/// Ends what was over by then, of the sessions of which tokens may be good until `tokens_until` or later; each in a
/// transaction of its own, so that nobody waits for all of them.
async fn end_all(app: &AppState, by: Moment, tokens_until: Moment) -> Result<(), sqlx::Error> {
    loop {
        let candidates = app.store.perhaps_over(by, tokens_until).await?;
        if candidates.is_empty() {
            return Ok(());
        }
        for session_id in candidates {
            if settle(app, &session_id, by).await?.is_none() {
                app.store.postpone_end(&session_id).await?;
            }
        }
    }
}

/// Watches the time of day, because what is ended or forgotten at a wrong one stays so (F3).
///
/// A clock that leaps forward is not believed for an hour: by then somebody has set it right, or the leap was the
/// correction. One that is wrong when the server starts is believed.
pub struct Watch {
    clock: Clock,
    seen: (Moment, Duration),
    leapt_at: Option<Duration>,
}

impl Watch {
    /// Begins to watch.
    pub fn new(clock: Clock) -> Self {
        Self { seen: (clock.now(), clock.uptime()), leapt_at: None, clock }
    }

    /// Looks at the clock: whether it has run steadily for long enough. To be asked often.
    pub fn is_steady(&mut self) -> bool {
        let (now, uptime) = (self.clock.now(), self.clock.uptime());
        let (then, at) = std::mem::replace(&mut self.seen, (now, uptime));
        if now > then.plus(uptime.saturating_sub(at)).plus(DRIFT) {
            tracing::warn!("the clock has leapt forward: for an hour, nothing is swept");
            self.leapt_at = Some(uptime);
        }
        self.leapt_at.is_none_or(|leapt_at| uptime.saturating_sub(leapt_at) >= DOUBT)
    }
}
