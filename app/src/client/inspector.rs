//! A look inside, for developers: the token, the timeline, and faults to try.

use std::{collections::VecDeque, time::Duration};

use leptos::prelude::*;

use super::{Entry, bare, here, session::Event};

/// How many entries of the timeline are kept.
const LONGEST_TIMELINE: usize = 200;

/// A look inside this browser's session, from [`SessionHandle::inspector`](super::SessionHandle::inspector). Records
/// from its first opening on.
#[derive(Clone, Copy)]
pub struct Inspector {
    timeline: Signal<VecDeque<Entry>>,
}

/// An access token taken apart. The signature stays inside: what is shown cannot be used.
pub struct TokenParts {
    /// The header, as JSON.
    pub header: String,
    /// The claims, as JSON.
    pub claims: String,
    /// How many bytes the signature has.
    pub signature_length: usize,
}

/// What is left of a token's life.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Life {
    /// Until the next request brings a newer one.
    pub fresh: Duration,
    /// Until no server takes it any more.
    pub left: Duration,
}

impl Inspector {
    pub(super) fn open() -> Self {
        let timeline = here::core().map_or_else(
            || Signal::stored(VecDeque::new()),
            |core| {
                core.timeline
                    .get_or_init(|| {
                        let timeline = ArcRwSignal::new(VecDeque::new());
                        let entries = timeline.clone();
                        core.watch(Box::new(move |entry| {
                            entries.update(|entries| {
                                entries.truncate(LONGEST_TIMELINE - 1);
                                entries.push_front(entry);
                            });
                        }));
                        timeline
                    })
                    .clone()
                    .into()
            },
        );
        Self { timeline }
    }

    /// What the client decided, newest first.
    pub fn timeline(self) -> Signal<VecDeque<Entry>> {
        self.timeline
    }

    /// The access token of now; `None` while nobody is logged in.
    pub fn token(self) -> Option<TokenParts> {
        here::core()?.token()?.parts()
    }

    /// What is left of the access token's life, by the steady clock; `None` while nobody is logged in.
    pub fn life(self) -> Option<Life> {
        let core = here::core()?;
        let now = core.now().steady;
        core.granted(|granted| Life { fresh: granted.token.refresh_from() - now, left: granted.token.end() - now })
    }

    /// From now on the access token counts as expired.
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

    /// Ends the session on the server, and lets this client find out by itself.
    pub async fn end_session(self) {
        if let Some(core) = here::core() {
            _ = bare::logout(&core.platform).await;
        }
    }
}
