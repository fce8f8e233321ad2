//! A look inside, for developers: the token, the timeline, and faults to try.

use std::{collections::VecDeque, time::Duration};

use super::{
    Decision, TimelineEntry, here,
    platform::{Clocks, Platform},
    request::{Method, Request},
    session::Event,
    timeline::Timeline,
    token::Age,
};

/// A look inside this browser's session, from [`SessionHandle::inspector`](super::SessionHandle::inspector). Records
/// from its first opening on.
#[derive(Clone, Copy)]
pub struct Inspector(());

/// An access token taken apart. The signature stays inside: what is shown cannot be used.
pub struct TokenParts {
    /// The header, as JSON.
    pub header: String,
    /// The claims, as JSON.
    pub claims: String,
    /// How many bytes the signature has.
    pub signature_length: usize,
}

/// What is left, of the access token and of the session.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Lifetimes {
    /// Until the next request brings a newer token; `None` where none does.
    pub fresh: Option<Duration>,
    /// Until no server takes the token any more; `None` where there is none.
    pub token: Option<Duration>,
    /// Until the session ends.
    pub session: Duration,
}

impl Inspector {
    pub(super) fn open() -> Self {
        if let Some(core) = here::core()
            && core.timeline.set(Timeline::default()).is_ok()
        {
            core.note(|| Decision::Remark("Watching from here on"));
        }
        Self(())
    }

    /// Reads what the client decided, newest first: now and, in a reactive place, whenever there is more.
    pub fn timeline<T>(self, read: impl FnOnce(&VecDeque<TimelineEntry>) -> T) -> T {
        let core = here::core();
        match core.as_ref().and_then(|core| core.timeline.get()) {
            Some(timeline) => timeline.read(read),
            None => read(&VecDeque::new()),
        }
    }

    /// The access token of now; `None` while nobody is logged in, and where a cookie stands in its place.
    pub fn token(self) -> Option<TokenParts> {
        here::core()?.granted(|granted| granted.pass.token()?.text.parts())?
    }

    /// What is left, by the steady clock; `None` while nobody is logged in.
    pub fn life(self) -> Option<Lifetimes> {
        let core = here::core()?;
        let now @ Clocks { steady, .. } = core.now();
        core.granted(|granted| {
            let token = granted.pass.token();
            // The time of day can make a token look old, too.
            let fresh = token.map(|token| match token.age(now) {
                Age::Good => token.refresh_from() - steady,
                Age::Old | Age::Dead => Duration::ZERO,
            });
            Lifetimes {
                fresh: fresh.filter(|_| !granted.lapses()),
                token: token.map(|token| token.end() - steady),
                session: granted.end - steady,
            }
        })
    }

    /// Puts a remark among the decisions.
    pub fn remark(self, remark: &'static str) {
        if let Some(core) = here::core() {
            core.note(|| Decision::Remark(remark));
        }
    }

    /// Forgets what was decided so far.
    pub fn clear(self) {
        if let Some(core) = here::core() {
            core.timeline.get().map(Timeline::clear);
        }
        self.remark("Cleared");
    }

    /// From now on the access token counts as expired; where there is none, nothing happens.
    pub fn expire_token(self) {
        if let Some(core) = here::core() {
            core.apply(core.epoch(), Event::TokenExpired);
        }
    }

    /// From now on the device's time of day is wrong by so many milliseconds, for this client.
    pub fn skew_clock(self, milliseconds: f64) {
        here::faults(|faults, _| faults.skew_clock(milliseconds));
    }

    /// The server will get the next refresh, and its answer will be lost on the way.
    pub fn drop_next_refresh(self) {
        here::faults(|faults, _| faults.drop_next_refresh());
    }

    /// For so long, every request of this tab is answered with 503.
    pub fn answer_503(self, time: Duration) {
        here::faults(|faults, now| faults.answer_503(now, time));
    }

    /// Ends the session on the server, and lets this client find out by itself. Says whether the server could be told.
    pub async fn end_session(self) -> bool {
        let Some(core) = here::core() else { return false };
        let (Some(id), Ok(proof)) = (core.session_id(), core.fresh_proof(core.epoch()).await) else { return false };
        let end = Request::new(Method::Delete, &format!("/api/sessions/{id}"));
        // Past the interceptor, which would hear the end first.
        core.platform.send(&end, Some(&proof)).await.is_ok_and(|answer| answer.is_success())
    }
}
