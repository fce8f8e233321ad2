//! What the interface may know of the session: no token in it.

use super::End;
use doorward_api::{Session, User};

/// Who the browser is logged in as.
#[derive(Clone, Debug, PartialEq)]
pub enum Status {
    /// Not known yet: the page was asked for with a session cookie, and the silent refresh has not answered.
    Unknown,
    /// Nobody.
    Anonymous {
        /// Why the last session ended, where there was one.
        why: Option<End>,
    },
    /// Somebody.
    LoggedIn {
        /// The person.
        user: User,
        /// This session.
        session: Session,
    },
    /// Somebody whose session has come to its end, where nothing renews it (policy `banking`). The page stays as it is,
    /// requests wait, and a dialog over the page asks the person to log in again
    /// ([`log_in_again`](super::SessionHandle::log_in_again)) or to leave ([`leave`](super::SessionHandle::leave)).
    Lapsed {
        /// The person.
        user: User,
        /// The session that is over.
        session: Session,
    },
}

impl Status {
    /// Whether somebody is logged in; `None` while that is not known. A page whose session has lapsed is still that
    /// person's.
    pub fn is_logged_in(&self) -> Option<bool> {
        match self {
            Self::Unknown => None,
            Self::Anonymous { .. } => Some(false),
            Self::LoggedIn { .. } | Self::Lapsed { .. } => Some(true),
        }
    }

    /// The session of the page, live or lapsed.
    pub fn session(&self) -> Option<&Session> {
        match self {
            Self::Unknown | Self::Anonymous { .. } => None,
            Self::LoggedIn { session, .. } | Self::Lapsed { session, .. } => Some(session),
        }
    }
}

/// Whether the server can be reached.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Connection {
    /// As far as is known, yes.
    Online,
    /// Not since this moment, in milliseconds of the Unix epoch by the device's clock: for display only.
    Unreachable {
        /// The first failure.
        since: f64,
    },
}

/// Who looks at a page: what of [`Status`] stays the same when a session is renewed.
#[derive(Clone, Debug, PartialEq)]
pub enum Who {
    /// It will turn out.
    Unknown,
    /// Somebody who is not logged in.
    Nobody,
    /// Somebody who is logged in.
    Person {
        /// Their id.
        id: String,
        /// Their name.
        name: String,
    },
}

impl Status {
    /// Who looks at the page.
    pub fn who(&self) -> Who {
        match self {
            Self::Unknown => Who::Unknown,
            Self::Anonymous { .. } => Who::Nobody,
            Self::LoggedIn { user, .. } | Self::Lapsed { user, .. } => {
                Who::Person { id: user.id.clone(), name: user.name.clone() }
            }
        }
    }
}
