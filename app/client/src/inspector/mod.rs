//! The inspector: shows developers the access token and the client's decisions, and injects faults.

mod lifetimes;
mod token_parts;

use std::{collections::VecDeque, time::Duration};

pub use lifetimes::Lifetimes;
pub use token_parts::TokenParts;

use crate::{
    Decision, TimelineEntry,
    auth_api::REFRESH,
    global,
    platform::Platform,
    refresher::RefreshReason,
    request::{Method, Request},
    state::SessionEvent,
};

/// Inspects the client of this tab, from [`SessionHandle::inspector`](crate::SessionHandle::inspector). The timeline records
/// from the first inspector on.
#[derive(Clone, Copy)]
pub struct Inspector(());

impl Inspector {
    pub(crate) fn open() -> Self {
        if let Some(client) = global::client()
            && client.session.timeline().start()
        {
            client.session.record(|| Decision::Remark("Recording started"));
        }
        Self(())
    }

    /// Reads the timeline, newest entry first. In a reactive context, runs again when entries are added.
    pub fn timeline<T>(self, read: impl FnOnce(&VecDeque<TimelineEntry>) -> T) -> T {
        match global::client() {
            Some(client) => client.session.timeline().read(read),
            None => read(&VecDeque::new()),
        }
    }

    /// The current access token. `None` while no session is active, and under the policy `server-session`, which has none.
    pub fn token(self) -> Option<TokenParts> {
        global::client()?.session.active(|active| TokenParts::decode(active.credentials.access_token()?.secret()))?
    }

    /// Time left of the token and the session; `None` while no session is active.
    pub fn lifetimes(self) -> Option<Lifetimes> {
        let client = global::client()?;
        client.session.active(|active| Lifetimes::of(active, client.session.now()))
    }

    /// Adds a remark to the timeline.
    pub fn remark(self, remark: &'static str) {
        if let Some(client) = global::client() {
            client.session.record(|| Decision::Remark(remark));
        }
    }

    /// Clears the timeline.
    pub fn clear(self) {
        if let Some(client) = global::client() {
            client.session.timeline().clear();
        }
        self.remark("Cleared");
    }

    /// Treats the access token as expired from now on. No effect if there is none.
    pub fn expire_token(self) {
        if let Some(client) = global::client() {
            client.session.apply(client.session.epoch(), SessionEvent::TokenExpired);
        }
    }

    /// Makes the wall clock of this client wrong by the given number of milliseconds.
    pub fn skew_clock(self, milliseconds: f64) {
        if let Some(client) = global::client() {
            client.platform.faults().skew_clock(milliseconds);
        }
    }

    /// Loses the response of the next refresh; the server gets the request.
    pub fn drop_next_refresh(self) {
        if let Some(client) = global::client() {
            client.platform.faults().drop_next_response_of(REFRESH);
        }
    }

    /// Answers every request of this tab with 503 for the given time.
    pub fn answer_503(self, time: Duration) {
        if let Some(client) = global::client() {
            client.platform.faults().answer_503(client.session.now().monotonic, time);
        }
    }

    /// Ends the session on the server only, so that the client detects the end as usual. Returns whether that succeeded.
    pub async fn end_session(self) -> bool {
        let Some(client) = global::client() else { return false };
        let epoch = client.session.epoch();
        let (Some(id), Ok(authorization)) =
            (client.session.id(), client.refresher.fresh_authorization(epoch, RefreshReason::Request).await)
        else {
            return false;
        };
        let end = Request::new(Method::Delete, &format!("/api/sessions/{id}"));
        // Bypasses the interceptor, which would handle the end itself.
        client.platform.send(&end, Some(&authorization)).await.is_ok_and(|response| response.is_success())
    }
}
