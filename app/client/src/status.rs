//! The session as applications read it, without tokens.

use doorward_api::{Session, User};

use crate::SessionEnd;

/// Whether a user is logged in, and who.
#[derive(Clone, Debug, PartialEq)]
pub enum Status {
    /// Not known yet: the page request carried a session cookie, and the silent refresh is still running.
    Unknown,
    /// No user is logged in.
    Anonymous {
        /// How the last session ended, if this page had one.
        end: Option<SessionEnd>,
    },
    /// A user is logged in.
    LoggedIn {
        /// The user.
        user: User,
        /// The active session.
        session: Session,
    },
    /// The session has expired and is not renewable (policy `banking`). The page stays as it is and requests wait until
    /// the user [logs in again](crate::SessionHandle::reauthenticate) or
    /// [declines](crate::SessionHandle::cancel_reauthentication).
    ReauthRequired {
        /// The user.
        user: User,
        /// The expired session.
        session: Session,
    },
}

impl Status {
    /// Whether a user is logged in; `None` while that is unknown. A page that waits for reauthentication still belongs to
    /// its user, so [`Self::ReauthRequired`] counts as logged in.
    pub fn is_logged_in(&self) -> Option<bool> {
        match self {
            Self::Unknown => None,
            Self::Anonymous { .. } => Some(false),
            Self::LoggedIn { .. } | Self::ReauthRequired { .. } => Some(true),
        }
    }

    /// The user of this page, also while it waits for reauthentication.
    pub fn user(&self) -> Option<&User> {
        match self {
            Self::Unknown | Self::Anonymous { .. } => None,
            Self::LoggedIn { user, .. } | Self::ReauthRequired { user, .. } => Some(user),
        }
    }

    /// The session of this page, active or expired.
    pub fn session(&self) -> Option<&Session> {
        match self {
            Self::Unknown | Self::Anonymous { .. } => None,
            Self::LoggedIn { session, .. } | Self::ReauthRequired { session, .. } => Some(session),
        }
    }

    /// The user's identity: the part of the status that stays equal when the session is renewed.
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

/// Who uses the page, from [`Status::identity`].
#[derive(Clone, Debug, PartialEq)]
pub enum Identity {
    /// Not known yet.
    Unknown,
    /// No user is logged in.
    Anonymous,
    /// A logged-in user.
    User {
        /// Stable id of the account.
        id: String,
        /// Display name.
        name: String,
    },
}

/// Whether the server can be reached.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Connection {
    /// No failure is known.
    Online,
    /// Requests fail; the client retries with back-off.
    Unreachable {
        /// Time of the first failure, in milliseconds since the Unix epoch by the device's clock: for display only.
        since: f64,
    },
    /// Refreshes get responses that are not from the API: those of a proxy or of a captive portal, or of a version of the
    /// server that this page does not understand. The client retries with back-off.
    InvalidResponse {
        /// Time of the first failure, as above.
        since: f64,
        /// HTTP status of the last response.
        status: u16,
    },
}
