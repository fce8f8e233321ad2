//! Disables and enables accounts and ends their sessions: one path for the API and the command line.
//!
//! The user's activity shows the change. The administrator is recorded in the audit log of the operator and, by IDs,
//! in the server's log.

use crate::{
    clock::Moment,
    model::{audit::Actor, notice::Notice, session_end::EndedSession, user::UserId},
    store::{Store, UserChange},
};

/// Why a change was refused.
#[derive(Debug)]
pub enum AdministrationError {
    UserUnknown,
    /// The user is the only one with the role `admin` who is not disabled.
    LastAdministrator,
    /// The administrator's own session has ended since the request was authenticated.
    CallerEnded,
    Unavailable(sqlx::Error),
}

impl From<sqlx::Error> for AdministrationError {
    fn from(error: sqlx::Error) -> Self {
        Self::Unavailable(error)
    }
}

type Outcome = Result<Change, AdministrationError>;

pub struct Change {
    /// False if the account was so already.
    pub is_changed: bool,
    pub ended: Vec<EndedSession>,
}

impl Change {
    /// The number of sessions that had not expired.
    pub fn ended_count(&self, now: Moment) -> usize {
        self.ended.iter().filter(|ended| ended.expires_at > now).count()
    }
}

/// Disables an account and ends its sessions. The notice is written if that changes anything, here and below.
pub async fn disable(store: &Store, id: &UserId, notice: Option<&Notice>, actor: &Actor, now: Moment) -> Outcome {
    outcome(store.disable_user(id, notice, actor, now).await?, "user disabled", id, actor)
}

/// Enables a disabled account. Its sessions stay ended.
pub async fn enable(store: &Store, id: &UserId, notice: Option<&Notice>, actor: &Actor, now: Moment) -> Outcome {
    outcome(store.enable_user(id, notice, actor, now).await?, "user enabled", id, actor)
}

/// Ends all sessions of an account.
pub async fn end_sessions(store: &Store, id: &UserId, notice: Option<&Notice>, actor: &Actor, now: Moment) -> Outcome {
    outcome(store.end_user_sessions(id, notice, actor, now).await?, "sessions of a user ended", id, actor)
}

pub(super) fn outcome(change: UserChange, what: &str, id: &UserId, actor: &Actor) -> Outcome {
    match change {
        UserChange::Done { is_changed, ended } => {
            if let (true, Some(admin)) = (is_changed, actor.admin()) {
                tracing::info!(user = %id, sessions = ended.len(), %admin, "{what} by an administrator");
            }
            Ok(Change { is_changed, ended })
        }
        UserChange::UserUnknown => Err(AdministrationError::UserUnknown),
        UserChange::LastAdministrator => Err(AdministrationError::LastAdministrator),
        UserChange::CallerEnded => Err(AdministrationError::CallerEnded),
    }
}
