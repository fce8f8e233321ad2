//! What the interface may know of the session: no token in it.

use super::SessionEnd;
use doorward_api::{Session, User};

/// Who the browser is logged in as.
#[derive(Clone, Debug, PartialEq)]
pub enum Status {
    /// Not known yet: the page was asked for with a session cookie, and the silent refresh has not answered.
    Unknown,
    /// Nobody.
    Anonymous {
        /// Why the last session ended, where there was one.
        end: Option<SessionEnd>,
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
    /// ([`reauthenticate`](super::SessionHandle::reauthenticate)) or to leave ([`cancel_reauthentication`](super::SessionHandle::cancel_reauthentication)).
    ReauthRequired {
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
            Self::LoggedIn { .. } | Self::ReauthRequired { .. } => Some(true),
        }
    }

    /// The session of the page, live or lapsed.
    pub fn session(&self) -> Option<&Session> {
        match self {
            Self::Unknown | Self::Anonymous { .. } => None,
            Self::LoggedIn { session, .. } | Self::ReauthRequired { session, .. } => Some(session),
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
pub enum Identity {
    /// It will turn out.
    Unknown,
    /// Somebody who is not logged in.
    Anonymous,
    /// Somebody who is logged in.
    User {
        /// Their id.
        id: String,
        /// Their name.
        name: String,
    },
}

impl Status {
    /// Who looks at the page.
    pub fn identity(&self) -> Identity {
        match self {
            Self::Unknown => Identity::Unknown,
            Self::Anonymous { .. } => Identity::Anonymous,
            Self::LoggedIn { user, .. } | Self::ReauthRequired { user, .. } => {
                Identity::User { id: user.id.clone(), name: user.name.clone() }
            }
        }
    }
}
