//! The session as this browser knows it: a pure state machine.
//!
//! ```text
//!                LoggedIn, Refreshed
//!   Unknown ────────────────────────────▶ LoggedIn ◀──┐ LoggedIn: another session
//!     │  ▲             Restored            │  │  ▲ └───┘ Refreshed, TokenExpired: another token, the same end
//!     │  └─────────────────────────────────┘  │  │
//!     │ Ended                     Ended       │  │
//!     │ LoggedOut                 LoggedOut   │  │ LoggedIn
//!     │                           TimePassed  ▼  │
//!     └─────────────────────────────────▶ Anonymous { why }
//! ```
//!
//! The epoch moves whenever one session takes the place of another, or none the place of one. An answer belongs to the
//! epoch in which its request was sent; one that comes late changes nothing. News from other tabs belong to the session
//! that they name.

use super::{
    End, Status,
    grant::Granted,
    platform::{Clocks, Moment},
    token::{AccessToken, Age},
};
use crate::api::EndReason;

/// Which session it is that this browser has, has had or waits for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Epoch(u64);

/// The session of this browser.
#[derive(Clone)]
pub(super) struct Session {
    epoch: Epoch,
    state: State,
}

#[derive(Clone)]
enum State {
    Unknown,
    Anonymous { why: Option<End> },
    LoggedIn(Box<Granted>),
}

/// What happens to a session.
pub(super) enum Event {
    /// A login or a registration was answered with a grant, here or in another tab.
    LoggedIn(Box<Granted>),
    /// A refresh was answered with a grant.
    Refreshed(Box<Granted>),
    /// A refresh in another tab was.
    RefreshedElsewhere(Box<Granted>),
    /// The server says that the session is over, or that there is none.
    Ended(Option<End>),
    /// Another tab says that this session is over; without an id, that nobody is logged in any more.
    EndedElsewhere { session: Option<String>, why: Option<End> },
    /// The person logs out.
    LoggedOut,
    /// Nobody can say whether the session is still the one of this browser: the page comes back as it was left, or a newer
    /// login has taken its place.
    Restored,
    /// The token is taken for dead.
    TokenExpired,
    /// The clock has moved on.
    TimePassed,
}

/// What a request can be given on its way.
pub(super) enum Credential {
    /// This token, of this age.
    Token(AccessToken, Age),
    /// A refresh will tell.
    NotYet,
    /// Nobody is logged in.
    Nobody { why: Option<End> },
}

impl Credential {
    /// Whether a newer token is due.
    pub(super) fn needs_refresh(&self) -> bool {
        matches!(self, Self::NotYet | Self::Token(_, Age::Old | Age::Dead))
    }
}

impl Session {
    /// What the page starts with, here and on the server: without a session cookie there is nobody, for certain.
    pub(super) fn at_first(may_be_logged_in: bool) -> Self {
        let state = if may_be_logged_in { State::Unknown } else { State::Anonymous { why: None } };
        Self { epoch: Epoch(0), state }
    }

    /// The session after an event that belongs to the epoch `asked_in`.
    pub(super) fn after(&self, asked_in: Epoch, event: Event, now: Moment) -> Self {
        if asked_in != self.epoch {
            return self.clone();
        }
        match (&self.state, event) {
            (State::Unknown, Event::Refreshed(granted) | Event::RefreshedElsewhere(granted)) => {
                self.with(State::LoggedIn(granted))
            }
            // The other tab asked before this one had a newer token, or before this session took the place of that one.
            (State::LoggedIn(old), Event::RefreshedElsewhere(new)) if !new.is_newer_than(old) => self.clone(),
            (State::LoggedIn(old), Event::Refreshed(new) | Event::RefreshedElsewhere(new) | Event::LoggedIn(new))
                if old.session.id == new.session.id =>
            {
                self.with(State::LoggedIn(refreshed(old, new)))
            }
            // A refresh that brings another session: the cookie is that of a login in another tab, maybe of another
            // person.
            (_, Event::LoggedIn(granted))
            | (State::LoggedIn(_), Event::Refreshed(granted) | Event::RefreshedElsewhere(granted)) => {
                self.replaced_by(State::LoggedIn(granted))
            }

            (_, Event::LoggedOut) => {
                self.replaced_by(State::Anonymous { why: Some(End::because(EndReason::LoggedOut)) })
            }
            // Whose session this page is about to learn of is not known, but a person who leaves means it.
            (State::Unknown | State::LoggedIn(_), Event::Ended(why))
            | (
                State::Unknown,
                Event::EndedElsewhere { why: why @ Some(End { reason: EndReason::LoggedOut, .. }), .. },
            ) => self.replaced_by(State::Anonymous { why }),
            (State::LoggedIn(granted), Event::EndedElsewhere { session, why })
                if session.as_ref().is_none_or(|id| *id == granted.session.id) =>
            {
                self.replaced_by(State::Anonymous { why })
            }
            // A tab that was frozen may hear the server before it hears the tab that knows why.
            (
                State::Anonymous { why: Some(End { reason: EndReason::Unknown, .. }) },
                Event::EndedElsewhere { why: why @ Some(_), .. },
            ) => self.with(State::Anonymous { why }),
            (State::LoggedIn(granted), Event::TimePassed) if now >= granted.end => {
                self.replaced_by(State::Anonymous { why: Some(End::because(EndReason::Expired)) })
            }

            (State::LoggedIn(_), Event::Restored) => self.replaced_by(State::Unknown),
            (State::LoggedIn(granted), Event::TokenExpired) => {
                let mut granted = granted.clone();
                granted.token = granted.token.expired(now);
                self.with(State::LoggedIn(granted))
            }
            (State::Anonymous { .. }, _)
            | (_, Event::TimePassed | Event::EndedElsewhere { .. } | Event::TokenExpired)
            | (State::Unknown, Event::Restored) => self.clone(),
        }
    }

    fn with(&self, state: State) -> Self {
        Self { epoch: self.epoch, state }
    }

    fn replaced_by(&self, state: State) -> Self {
        Self { epoch: Epoch(self.epoch.0 + 1), state }
    }

    pub(super) fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// What the interface may know.
    pub(super) fn status(&self) -> Status {
        match &self.state {
            State::Unknown => Status::Unknown,
            State::Anonymous { why } => Status::Anonymous { why: why.clone() },
            State::LoggedIn(granted) => {
                Status::LoggedIn { user: granted.user.clone(), session: granted.session.clone() }
            }
        }
    }

    pub(super) fn credential(&self, now: Clocks) -> Credential {
        match &self.state {
            State::Unknown => Credential::NotYet,
            State::Anonymous { why } => Credential::Nobody { why: why.clone() },
            State::LoggedIn(granted) => Credential::Token(granted.token.text.clone(), granted.token.age(now)),
        }
    }

    /// What the last grant brought, while somebody is logged in.
    pub(super) fn granted(&self) -> Option<&Granted> {
        match &self.state {
            State::LoggedIn(granted) => Some(granted),
            _ => None,
        }
    }

    /// When the session ends by itself, if there is one.
    pub(super) fn end(&self) -> Option<Moment> {
        self.granted().map(|granted| granted.end)
    }

    /// Why nobody is logged in, as far as it is known.
    pub(super) fn why_ended(&self) -> Option<End> {
        match &self.state {
            State::Anonymous { why } => why.clone(),
            _ => None,
        }
    }
}

/// Everything is as new as the refresh, but the end was fixed at login: no answer moves it.
fn refreshed(old: &Granted, mut new: Box<Granted>) -> Box<Granted> {
    new.end = old.end;
    new.session.expires_at.clone_from(&old.session.expires_at);
    new
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const NOW: Moment = Moment(Duration::ZERO);

    #[test]
    fn whatever_comes_late_changes_nothing() {
        let session = Session::at_first(true);
        let late = session.epoch();
        let session = session.after(late, Event::LoggedOut, NOW);

        for event in [Event::Ended(Some(End::because(EndReason::Idle))), Event::LoggedOut, Event::TimePassed] {
            let after = session.after(late, event, NOW);
            assert_eq!((after.epoch(), after.status()), (session.epoch(), session.status()));
        }
    }

    #[test]
    fn the_epoch_moves_with_the_session_and_not_otherwise() {
        let session = Session::at_first(true);
        let moves = |event| session.after(session.epoch(), event, NOW).epoch() != session.epoch();

        assert!(moves(Event::LoggedOut));
        assert!(moves(Event::Ended(None)));
        assert!(!moves(Event::TimePassed));
    }

    #[test]
    fn a_better_reason_may_come_late() {
        let session = Session::at_first(true);
        let unsure = session.after(session.epoch(), Event::Ended(Some(End::because(EndReason::Unknown))), NOW);
        let why = Some(End::because(EndReason::LoggedOut));

        let after = unsure.after(unsure.epoch(), Event::EndedElsewhere { session: None, why: why.clone() }, NOW);

        assert_eq!((after.epoch(), after.status()), (unsure.epoch(), Status::Anonymous { why }));
    }

    #[test]
    fn what_is_over_does_not_end_again() {
        let session = Session::at_first(false);

        let after = session.after(session.epoch(), Event::Ended(Some(End::because(EndReason::Idle))), NOW);

        assert_eq!(after.status(), Status::Anonymous { why: None });
    }
}
