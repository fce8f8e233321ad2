//! Hears at once when the session ends elsewhere: the server says so to whoever keeps a stream open.
//!
//! ```text
//!   the page is seen ─▶ the lock comes ─▶ open ─▶ session-ended ─▶ it is over, here and in all tabs
//!                 ▲                        ▲ │
//!                 │ hidden: let go of both │ ▼ closed, refused, no answer
//!                 └──────────────────────  pause
//! ```
//!
//! One tab listens for all of a browser that have the same session, because a browser has few connections to one server,
//! and it is one that somebody sees: a page that is hidden may be frozen, and asks when it is seen again. A stream that
//! ends says nothing about the session, and nobody is told.

use std::{pin::pin, rc::Rc, time::Duration};

use futures::{
    StreamExt,
    future::{Either, select},
    stream::LocalBoxStream,
};

use super::{
    backoff,
    bare::PATIENCE,
    core::Core,
    end::{self, SessionEnd},
    events::Events,
    platform::{NoAnswer, Opened, Platform, Turn, within},
    request::{Method, Refusal, Request},
    session::{Epoch, Event},
};

/// Where the server tells of the end.
const EVENTS: &str = "/api/sessions/events";

/// A stream that lasted longer than this was no failure.
const LASTING: Duration = Duration::from_secs(10);

/// The server moves something on an open stream every 15 seconds. Where three signs of life are missing, the connection
/// has died without a word, as behind a router that forgot it.
const SILENCE: Duration = Duration::from_secs(45);

/// What came of listening once.
enum Heard {
    /// The session is over.
    End(SessionEnd),
    /// There is no such stream, and there will be none.
    NoStream,
    /// Nothing; and how long the server asks to be left alone.
    Nothing(Option<Duration>),
}

impl<P: Platform> Core<P> {
    /// Listens for as long as the session lasts, whenever the page is seen.
    pub(super) async fn hear_of_the_end(self: Rc<Self>, epoch: Epoch) {
        while self.end_of(epoch).is_some() {
            let turned = self.turned.rings();
            if !self.is_seen() {
                turned.await;
                continue;
            }
            if let Either::Left(_) = select(pin!(self.listen(epoch)), turned).await {
                return;
            }
        }
    }

    /// Listens until there is nothing more to hear.
    async fn listen(self: &Rc<Self>, epoch: Epoch) {
        let _one_for_all = if self.is_own() { None } else { Some(self.platform.lock(Turn::Events).await) };
        let mut failures = 0;
        loop {
            // What the server has asked for holds also for a page that was hidden meanwhile.
            let left = self.no_stream_before.get() - self.now().steady;
            if !left.is_zero() {
                self.platform.sleep(left).await;
            }
            let since = self.now();
            let retry_after = match self.listen_once(epoch).await {
                Heard::End(end) => return drop(self.refused(epoch, end)),
                Heard::NoStream => return,
                Heard::Nothing(retry_after) => retry_after,
            };
            failures = if self.now().since(since) > LASTING { 1 } else { failures + 1 };
            if let Some(retry_after) = retry_after {
                self.no_stream_before.set(self.now().steady + retry_after);
            }
            self.pause(backoff::wait(failures, retry_after, self.platform.chance()), retry_after.is_some()).await;
        }
    }

    async fn listen_once(self: &Rc<Self>, epoch: Epoch) -> Heard {
        let Ok(proof) = self.fresh_proof(epoch).await else { return Heard::Nothing(None) };
        let request = Request::new(Method::Get, EVENTS);
        let opened = within(&self.platform, PATIENCE, self.platform.open(&request, &proof)).await;
        let answer = match opened.unwrap_or(Err(NoAnswer)) {
            Ok(Opened::Stream(pieces)) => {
                self.judge(&proof, false);
                self.apply(epoch, Event::Confirmed(self.now()));
                return self.listen_to(pieces).await;
            }
            Ok(Opened::Answer(answer)) => answer,
            Err(NoAnswer) => return Heard::Nothing(None),
        };
        match (proof.refusal(&answer), answer.status) {
            (Some(Refusal::Ended(end)), _) => Heard::End(end),
            (Some(refusal), _) => {
                self.judge(&proof, true);
                self.prepare_next_attempt(epoch, proof, refusal);
                Heard::Nothing(None)
            }
            (_, 404 | 405) => Heard::NoStream,
            _ => Heard::Nothing(answer.retry_after),
        }
    }

    async fn listen_to(&self, mut pieces: LocalBoxStream<'static, Vec<u8>>) -> Heard {
        let mut events = Events::default();
        while let Some(Some(piece)) = within(&self.platform, SILENCE, pieces.next()).await {
            for event in events.take(&piece) {
                // Another version of the server may have more to tell.
                if event.name == "session-ended"
                    && let Some((_, end)) = end::read(event.data.as_bytes())
                {
                    return Heard::End(end);
                }
            }
        }
        Heard::Nothing(None)
    }
}
