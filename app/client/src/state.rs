//! The session of this tab as a pure state machine.
//!
//! ```text
//!                LoggedIn, Refreshed
//!   Unknown ────────────────────────────▶ LoggedIn ◀──┐ LoggedIn: another session
//!     │  ▲             Restored            │  │  ▲ └───┘ Refreshed, TokenExpired: another token, the same expiry
//!     │  └─────────────────────────────────┘  │  │       Confirmed: the time left is counted from a corrected wall clock
//!     │ Ended                     Ended       │  │
//!     │ LoggedOut                 LoggedOut   │  │ LoggedIn
//!     │                           TimePassed  ▼  │
//!     └─────────────────────────────────▶ Anonymous { end }
//!
//!   and if the session is not renewable, when it expires:
//!
//!   LoggedIn ── TimePassed, TokenExpired, Ended(expired) ──▶ ReauthRequired ── LoggedIn ────────────────────▶ LoggedIn
//!                                                                    └──── Declined, LoggedOut, Ended ──▶ Anonymous
//! ```
//!
//! The epoch advances whenever another session, or none, replaces the current one. A response belongs to the epoch in which
//! its request was sent; a response of an earlier epoch changes nothing. If the user of a non-renewable session logs in again,
//! their requests continue in the new epoch; those of other users do not. Messages of other tabs belong to the session
//! that they name.

use doorward_api::EndReason;

use crate::{
    SessionEnd, Status,
    active_session::ActiveSession,
    clock::{Clocks, Moment},
    credentials::{Freshness, RefreshCredential},
    request::Authorization,
};

/// Counts the sessions of this tab.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Epoch(pub(crate) u64);

#[derive(Clone)]
pub(crate) struct SessionState {
    epoch: Epoch,
    /// The earliest epoch whose requests belong to the current user.
    continues_from: Epoch,
    state: State,
}

#[derive(Clone)]
enum State {
    /// `suspected`: the end to report if the refresh finds no session.
    Unknown {
        suspected: Option<SessionEnd>,
    },
    Anonymous {
        end: Option<SessionEnd>,
    },
    LoggedIn(Box<ActiveSession>),
    ReauthRequired(Box<ActiveSession>),
}

pub(crate) enum SessionEvent {
    /// A login or a registration succeeded, in this tab or another.
    LoggedIn(Box<ActiveSession>),
    /// A refresh succeeded.
    Refreshed(Box<ActiveSession>),
    /// A refresh of another tab succeeded.
    RefreshedInAnotherTab(Box<ActiveSession>),
    /// The server reported that the session has ended, or that there is none.
    Ended(Option<SessionEnd>),
    /// Another tab reported that this session has ended; without an id, that no user is logged in any more.
    EndedInAnotherTab { session: Option<String>, end: Option<SessionEnd> },
    /// The user logged out.
    LoggedOut,
    /// The user declined to log in again.
    Declined,
    /// The session may have been replaced: the page came from the back-forward cache, or the server reported a newer
    /// login (then with that end).
    Restored(Option<SessionEnd>),
    /// The access token counts as expired.
    TokenExpired,
    /// The clock advanced.
    TimePassed,
    /// The server reported that the session is active now.
    Confirmed(Clocks),
}

/// The authorization available to a request now.
pub(crate) enum Available {
    Authorization(Authorization, Freshness),
    /// Unknown until a refresh has completed.
    Unknown,
    /// Unavailable until the user logs in again.
    ReauthRequired,
    /// No user is logged in.
    Anonymous {
        end: Option<SessionEnd>,
    },
}

impl Available {
    pub(crate) fn needs_refresh(&self) -> bool {
        matches!(self, Self::Unknown | Self::Authorization(_, Freshness::Stale | Freshness::Expired))
    }
}

impl SessionState {
    /// The state of a page that was just loaded, the same in the browser and on the server.
    pub(crate) fn initial(may_be_logged_in: bool) -> Self {
        let state = if may_be_logged_in { State::Unknown { suspected: None } } else { State::Anonymous { end: None } };
        Self { epoch: Epoch(0), continues_from: Epoch(0), state }
    }

    /// The state after an event that belongs to the given epoch.
    pub(crate) fn after(&self, epoch: Epoch, event: SessionEvent, now: Moment) -> Self {
        use SessionEvent as Event;
        if epoch != self.epoch {
            return self.clone();
        }
        match (&self.state, event) {
            // Logins and refreshes.
            (State::Unknown { .. }, Event::Refreshed(session) | Event::RefreshedInAnotherTab(session)) => {
                self.with(State::LoggedIn(session))
            }
            // Out of date: the other tab's refresh started before this tab's latest token or login.
            (State::LoggedIn(old), Event::RefreshedInAnotherTab(new)) if !new.is_newer_than(old) => self.clone(),
            (State::LoggedIn(old), Event::Refreshed(new)) if old.has_overtaken(&new) => self.clone(),
            (State::LoggedIn(old), Event::Refreshed(new) | Event::RefreshedInAnotherTab(new))
                if new.is_same_login(old) =>
            {
                self.with(State::LoggedIn(old.renewed(new)))
            }
            (State::LoggedIn(old), Event::LoggedIn(new)) if old.session.id == new.session.id => {
                self.with(State::LoggedIn(old.renewed(new)))
            }
            (State::LoggedIn(old) | State::ReauthRequired(old), Event::LoggedIn(new))
                if !old.is_renewable() && old.user.id == new.user.id =>
            {
                Self { continues_from: self.continues_from, ..self.replaced_by(State::LoggedIn(new)) }
            }
            // A refresh that brings another session: the cookie is that of a login in another tab, perhaps of another user.
            (_, Event::LoggedIn(session))
            | (State::LoggedIn(_), Event::Refreshed(session) | Event::RefreshedInAnotherTab(session)) => {
                self.replaced_by(State::LoggedIn(session))
            }
            // Expiry.
            (State::LoggedIn(session), Event::TimePassed) if now >= session.expires_at => self.expired(session),
            // By the server's clock the session may expire earlier than by the clock of this tab.
            (
                State::LoggedIn(session),
                Event::Ended(Some(SessionEnd { reason: EndReason::Expired, .. })) | Event::TokenExpired,
            ) if !session.is_renewable() => self.expired(session),
            (State::ReauthRequired(_), Event::Ended(Some(SessionEnd { reason: EndReason::Expired, .. }))) => {
                self.clone()
            }
            (State::ReauthRequired(_), Event::Declined) => self.anonymous(EndReason::Expired),
            // Logout and ends.
            (_, Event::LoggedOut) => self.anonymous(EndReason::LoggedOut),
            // A logout in another tab also ends the session that the pending refresh of this page would find.
            (State::LoggedIn(_) | State::ReauthRequired(_), Event::Ended(end))
            | (
                State::Unknown { .. },
                Event::EndedInAnotherTab { end: end @ Some(SessionEnd { reason: EndReason::LoggedOut, .. }), .. },
            ) => self.replaced_by(State::Anonymous { end }),
            (State::LoggedIn(active), Event::EndedInAnotherTab { session, end })
                if session.as_ref().is_none_or(|id| *id == active.session.id) =>
            {
                self.replaced_by(State::Anonymous { end })
            }
            // A tab that was frozen may get the server's response before the message of the tab that has the reason.
            (
                State::Anonymous { end: Some(SessionEnd { reason: EndReason::Unknown, .. }) },
                Event::EndedInAnotherTab { end: end @ Some(_), .. },
            ) => self.with(State::Anonymous { end }),

            (State::Unknown { suspected }, Event::Ended(end)) => {
                self.replaced_by(State::Anonymous { end: end.or_else(|| suspected.clone()) })
            }
            // Revalidation.
            (State::LoggedIn(_), Event::Restored(suspected)) => self.replaced_by(State::Unknown { suspected }),
            (State::LoggedIn(session), Event::Confirmed(now))
                if !session.is_renewable() && session.time_left(now).is_zero() =>
            {
                let mut session = session.clone();
                session.rebase_wall_clock(now);
                self.with(State::LoggedIn(session))
            }
            (State::LoggedIn(session), Event::TokenExpired) => {
                let mut session = session.clone();
                session.credentials.expire_token(now);
                self.with(State::LoggedIn(session))
            }
            // No effect in this state.
            (State::Anonymous { .. } | State::ReauthRequired(_), _)
            | (
                _,
                Event::TimePassed
                | Event::Confirmed(_)
                | Event::EndedInAnotherTab { .. }
                | Event::TokenExpired
                | Event::Declined,
            )
            | (State::Unknown { .. }, Event::Restored(_)) => self.clone(),
        }
    }

    fn with(&self, state: State) -> Self {
        Self { state, ..*self }
    }

    fn replaced_by(&self, state: State) -> Self {
        let epoch = Epoch(self.epoch.0 + 1);
        Self { epoch, continues_from: epoch, state }
    }

    fn anonymous(&self, reason: EndReason) -> Self {
        self.replaced_by(State::Anonymous { end: Some(SessionEnd::new(reason)) })
    }

    fn expired(&self, session: &ActiveSession) -> Self {
        if session.is_renewable() {
            self.anonymous(EndReason::Expired)
        } else {
            self.with(State::ReauthRequired(Box::new(session.clone())))
        }
    }

    pub(crate) fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Whether requests of the given epoch belong to the current user.
    pub(crate) fn continues_in(&self, epoch: Epoch) -> bool {
        (self.continues_from..=self.epoch).contains(&epoch)
    }

    pub(crate) fn status(&self) -> Status {
        let parts = |active: &ActiveSession| (active.user.clone(), active.session.clone());
        match &self.state {
            State::Unknown { .. } => Status::Unknown,
            State::Anonymous { end } => Status::Anonymous { end: end.clone() },
            State::LoggedIn(active) => {
                let (user, session) = parts(active);
                Status::LoggedIn { user, session }
            }
            State::ReauthRequired(active) => {
                let (user, session) = parts(active);
                Status::ReauthRequired { user, session }
            }
        }
    }

    pub(crate) fn available(&self, now: Clocks) -> Available {
        match &self.state {
            State::Unknown { .. } => Available::Unknown,
            State::Anonymous { end } => Available::Anonymous { end: end.clone() },
            State::LoggedIn(session) => {
                Available::Authorization(session.authorization(), session.credentials.freshness(now))
            }
            State::ReauthRequired(_) => Available::ReauthRequired,
        }
    }

    pub(crate) fn active(&self) -> Option<&ActiveSession> {
        match &self.state {
            State::LoggedIn(session) => Some(session),
            _ => None,
        }
    }

    /// The session, if it is bound to this tab: active, or expired and waiting for reauthentication.
    pub(crate) fn tab_bound(&self) -> Option<&ActiveSession> {
        match &self.state {
            State::LoggedIn(session) | State::ReauthRequired(session) if session.is_tab_bound() => Some(session),
            _ => None,
        }
    }

    /// What a refresh presents; `None` if none is possible.
    pub(crate) fn refresh_credential(&self) -> Option<RefreshCredential> {
        match &self.state {
            State::Unknown { .. } => Some(RefreshCredential::Cookie),
            State::LoggedIn(session) => session.credentials.refresh_credential().cloned(),
            State::Anonymous { .. } | State::ReauthRequired(_) => None,
        }
    }

    pub(crate) fn requires_reauth(&self) -> bool {
        matches!(self.state, State::ReauthRequired(_))
    }

    pub(crate) fn expires_at(&self) -> Option<Moment> {
        self.active().map(|session| session.expires_at)
    }

    /// How the last session ended, as far as known, if no user is logged in.
    pub(crate) fn end(&self) -> Option<SessionEnd> {
        match &self.state {
            State::Anonymous { end } => end.clone(),
            _ => None,
        }
    }
}
