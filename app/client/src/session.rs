//! The session as this browser knows it: a pure state machine.
//!
//! ```text
//!                LoggedIn, Refreshed
//!   Unknown ────────────────────────────▶ LoggedIn ◀──┐ LoggedIn: another session
//!     │  ▲             Restored            │  │  ▲ └───┘ Refreshed, TokenExpired: another token, the same end
//!     │  └─────────────────────────────────┘  │  │       Confirmed: nothing but the time that is told to be left
//!     │ Ended                     Ended       │  │
//!     │ LoggedOut                 LoggedOut   │  │ LoggedIn
//!     │                           TimePassed  ▼  │
//!     └─────────────────────────────────▶ Anonymous { why }
//!
//!   and of a session that nothing renews, when its time is over:
//!
//!   LoggedIn ── TimePassed, TokenExpired, Ended by its time ──▶ Lapsed ── LoggedIn ────────────────▶ LoggedIn
//!                                                                  └───── Left, LoggedOut, Ended ──▶ Anonymous { why }
//! ```
//!
//! The epoch moves whenever one session takes the place of another, or none the place of one. An answer belongs to the
//! epoch in which its request was sent; one that comes late changes nothing. When the person of a session that cannot be
//! renewed logs in again over it, their requests go on in the new epoch; nobody else's do. News from other tabs belong to
//! the session that they name.

use super::{
    SessionEnd, Status,
    grant::Granted,
    pass::{Proof, Renewal},
    platform::{Clocks, Moment},
    token::Age,
};
use doorward_api::EndReason;

/// Which session it is that this browser has, has had or waits for.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Epoch(u64);

/// The session of this browser.
#[derive(Clone)]
pub(super) struct Session {
    epoch: Epoch,
    /// The first epoch whose requests are those of the person of now.
    goes_on_from: Epoch,
    state: State,
}

#[derive(Clone)]
enum State {
    Unknown { because: Option<SessionEnd> },
    Anonymous { why: Option<SessionEnd> },
    LoggedIn(Box<Granted>),
    Lapsed(Box<Granted>),
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
    Ended(Option<SessionEnd>),
    /// Another tab says that this session is over; without an id, that nobody is logged in any more.
    EndedElsewhere { session: Option<String>, why: Option<SessionEnd> },
    /// The person logs out.
    LoggedOut,
    /// The person does not log in again.
    Left,
    /// Nobody can say whether the session is still the one of this browser: the page comes back as it was left, or a newer
    /// login has taken its place, which then is why it is over.
    Restored(Option<SessionEnd>),
    /// The token is taken for dead.
    TokenExpired,
    /// The clock has moved on.
    TimePassed,
    /// The server says that the session is live now.
    Confirmed(Clocks),
}

/// What a request can be given on its way.
pub(super) enum Credential {
    /// This proof, of this age.
    Proof(Proof, Age),
    /// A refresh will tell.
    NotYet,
    /// Nothing before the person has logged in again.
    Lapsed,
    /// Nobody is logged in.
    Nobody { why: Option<SessionEnd> },
}

impl Credential {
    /// Whether a newer token is due.
    pub(super) fn needs_refresh(&self) -> bool {
        matches!(self, Self::NotYet | Self::Proof(_, Age::Old | Age::Dead))
    }
}

impl Session {
    /// What the page starts with, here and on the server: without a session cookie there is nobody, for certain.
    pub(super) fn at_first(may_be_logged_in: bool) -> Self {
        let state = if may_be_logged_in { State::Unknown { because: None } } else { State::Anonymous { why: None } };
        Self { epoch: Epoch(0), goes_on_from: Epoch(0), state }
    }

    /// The session after an event that belongs to the epoch `asked_in`.
    pub(super) fn after(&self, asked_in: Epoch, event: Event, now: Moment) -> Self {
        if asked_in != self.epoch {
            return self.clone();
        }
        match (&self.state, event) {
            (State::Unknown { .. }, Event::Refreshed(granted) | Event::RefreshedElsewhere(granted)) => {
                self.with(State::LoggedIn(granted))
            }
            // The other tab asked before this one had a newer token, or before this session took the place of that one.
            (State::LoggedIn(old), Event::RefreshedElsewhere(new)) if !new.is_newer_than(old) => self.clone(),
            (State::LoggedIn(old), Event::Refreshed(new) | Event::RefreshedElsewhere(new) | Event::LoggedIn(new))
                if old.session.id == new.session.id =>
            {
                self.with(State::LoggedIn(refreshed(old, new)))
            }
            (State::LoggedIn(old) | State::Lapsed(old), Event::LoggedIn(new))
                if old.lapses() && old.user.id == new.user.id =>
            {
                Self { goes_on_from: self.goes_on_from, ..self.replaced_by(State::LoggedIn(new)) }
            }
            // A refresh that brings another session: the cookie is that of a login in another tab, maybe of another
            // person.
            (_, Event::LoggedIn(granted))
            | (State::LoggedIn(_), Event::Refreshed(granted) | Event::RefreshedElsewhere(granted)) => {
                self.replaced_by(State::LoggedIn(granted))
            }

            (State::LoggedIn(granted), Event::TimePassed) if now >= granted.end => self.expired(granted),
            // By its time: the server's clock may be the first to say so.
            (
                State::LoggedIn(granted),
                Event::Ended(Some(SessionEnd { reason: EndReason::Expired, .. })) | Event::TokenExpired,
            ) if granted.lapses() => self.expired(granted),
            (State::Lapsed(_), Event::Ended(Some(SessionEnd { reason: EndReason::Expired, .. }))) => self.clone(),
            (State::Lapsed(_), Event::Left) => self.anonymous(EndReason::Expired),

            (_, Event::LoggedOut) => self.anonymous(EndReason::LoggedOut),
            // Whose session this page is about to learn of is not known, but a person who leaves means it.
            (State::LoggedIn(_) | State::Lapsed(_), Event::Ended(why))
            | (
                State::Unknown { .. },
                Event::EndedElsewhere { why: why @ Some(SessionEnd { reason: EndReason::LoggedOut, .. }), .. },
            ) => self.replaced_by(State::Anonymous { why }),
            (State::LoggedIn(granted), Event::EndedElsewhere { session, why })
                if session.as_ref().is_none_or(|id| *id == granted.session.id) =>
            {
                self.replaced_by(State::Anonymous { why })
            }
            // A tab that was frozen may hear the server before it hears the tab that knows why.
            (
                State::Anonymous { why: Some(SessionEnd { reason: EndReason::Unknown, .. }) },
                Event::EndedElsewhere { why: why @ Some(_), .. },
            ) => self.with(State::Anonymous { why }),

            (State::Unknown { because }, Event::Ended(why)) => {
                self.replaced_by(State::Anonymous { why: why.or_else(|| because.clone()) })
            }
            (State::LoggedIn(_), Event::Restored(because)) => self.replaced_by(State::Unknown { because }),
            (State::LoggedIn(granted), Event::Confirmed(now)) if granted.lapses() && granted.left(now).is_zero() => {
                let mut granted = granted.clone();
                granted.doubt_time_of_day(now);
                self.with(State::LoggedIn(granted))
            }
            (State::LoggedIn(granted), Event::TokenExpired) => {
                let mut granted = granted.clone();
                if let Some(token) = granted.pass.token_mut() {
                    token.expire(now);
                }
                self.with(State::LoggedIn(granted))
            }
            (State::Anonymous { .. } | State::Lapsed(_), _)
            | (
                _,
                Event::TimePassed
                | Event::Confirmed(_)
                | Event::EndedElsewhere { .. }
                | Event::TokenExpired
                | Event::Left,
            )
            | (State::Unknown { .. }, Event::Restored(_)) => self.clone(),
        }
    }

    fn with(&self, state: State) -> Self {
        Self { state, ..*self }
    }

    fn replaced_by(&self, state: State) -> Self {
        let epoch = Epoch(self.epoch.0 + 1);
        Self { epoch, goes_on_from: epoch, state }
    }

    fn anonymous(&self, why: EndReason) -> Self {
        self.replaced_by(State::Anonymous { why: Some(SessionEnd::new(why)) })
    }

    /// Its time is over.
    fn expired(&self, granted: &Granted) -> Self {
        if granted.lapses() {
            self.with(State::Lapsed(Box::new(granted.clone())))
        } else {
            self.anonymous(EndReason::Expired)
        }
    }

    pub(super) fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Whether what was asked in `epoch` is still asked by the person of now.
    pub(super) fn goes_on(&self, epoch: Epoch) -> bool {
        (self.goes_on_from..=self.epoch).contains(&epoch)
    }

    /// What the interface may know.
    pub(super) fn status(&self) -> Status {
        match &self.state {
            State::Unknown { .. } => Status::Unknown,
            State::Anonymous { why } => Status::Anonymous { end: why.clone() },
            State::LoggedIn(granted) => {
                Status::LoggedIn { user: granted.user.clone(), session: granted.session.clone() }
            }
            State::Lapsed(granted) => {
                Status::ReauthRequired { user: granted.user.clone(), session: granted.session.clone() }
            }
        }
    }

    pub(super) fn credential(&self, now: Clocks) -> Credential {
        match &self.state {
            State::Unknown { .. } => Credential::NotYet,
            State::Anonymous { why } => Credential::Nobody { why: why.clone() },
            State::LoggedIn(granted) => Credential::Proof(granted.proof(), granted.pass.age(now)),
            State::Lapsed(_) => Credential::Lapsed,
        }
    }

    /// What the last grant brought, while somebody is logged in.
    pub(super) fn granted(&self) -> Option<&Granted> {
        match &self.state {
            State::LoggedIn(granted) => Some(granted),
            _ => None,
        }
    }

    /// What the last grant brought, if the session is this tab's own: while it is live, and when it has lapsed.
    pub(super) fn own(&self) -> Option<&Granted> {
        match &self.state {
            State::LoggedIn(granted) | State::Lapsed(granted) if !granted.is_shared() => Some(granted),
            _ => None,
        }
    }

    /// What a refresh presents now; `None` where there can be none.
    pub(super) fn renewal(&self) -> Option<Renewal> {
        match &self.state {
            State::Unknown { .. } => Some(Renewal::Cookie),
            State::LoggedIn(granted) => granted.pass.renewal().cloned(),
            State::Anonymous { .. } | State::Lapsed(_) => None,
        }
    }

    pub(super) fn has_lapsed(&self) -> bool {
        matches!(self.state, State::Lapsed(_))
    }

    /// When the session ends by itself, if there is one.
    pub(super) fn end(&self) -> Option<Moment> {
        self.granted().map(|granted| granted.end)
    }

    /// Why nobody is logged in, as far as it is known.
    pub(super) fn why_ended(&self) -> Option<SessionEnd> {
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
