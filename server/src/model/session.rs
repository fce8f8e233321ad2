//! A session: starts with a login on one device and ends at its absolute timeout at the latest.
//!
//! ```text
//!   login ──▶ live ──▶ ended(reason)                logout, revocation, password change, new login in a browser,
//!              │                                     stricter policy
//!              ├─ now ≥ expires_at ────▶ expired     absolute timeout, set at login
//!              └─ unused > idle_timeout ─▶ idle      recorded by the next request or by the background job
//! ```
//! An ended session never becomes live again. A stricter policy can bring `expires_at` forward; nothing postpones it.
//! A password change rotates the session of the caller: it continues under another id with another credential, and the
//! old id has ended.

use std::fmt::{self, Display};
use std::{net::IpAddr, time::Duration};

use doorward_api::{self as api, CredentialStorage, PolicyName};
use doorward_verify::Acr;

use crate::{
    clock::Moment,
    model::{authentication::Authentication, device::Device, display_name, policy::Policy, user::UserId},
    random,
};

/// Maximum live sessions per user; a login beyond it ends the least recently used.
pub const MAX_SESSIONS: i64 = 50;

/// Wrong passwords and second factors in a row that end a session, when its user is asked to confirm who they are: it may be a stolen device.
pub const MAX_WRONG_CONFIRMATIONS: i64 = 5;

/// How long the address of a session is kept after its last use, whether the session is live or has ended.
pub const IP_RETENTION: Duration = Duration::from_hours(24 * 30);

/// Not a secret: access tokens and URLs contain it.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, sqlx::Type)]
#[sqlx(transparent)]
pub struct SessionId(pub String);

impl From<String> for SessionId {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl SessionId {
    /// A new random id. Every login gets one, which prevents session fixation.
    pub fn generate() -> Self {
        Self(random::id())
    }

    /// Rejects text that cannot be an id before it reaches the database.
    pub fn parse(text: &str) -> Option<Self> {
        let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        ((1..=64).contains(&text.len()) && is_plain).then(|| Self(text.to_owned()))
    }
}

/// The user's name for the device of a session.
#[derive(Clone, Debug, Eq, PartialEq, sqlx::Type)]
#[sqlx(transparent)]
pub struct Label(String);

impl Label {
    /// Parses a label as typed; surrounding space is removed.
    pub fn parse(text: &str) -> Option<Self> {
        display_name::parse(text).map(Self)
    }
}

impl From<Label> for String {
    fn from(label: Label) -> Self {
        label.0
    }
}

#[derive(Clone, Debug)]
pub struct Session {
    pub id: SessionId,
    pub user_id: UserId,
    /// The policy at login.
    pub policy: PolicyName,
    pub label: Option<Label>,
    /// The device of the login.
    pub device: Device,
    /// The address of the login, until [`IP_RETENTION`] after the last use.
    pub ip: Option<String>,
    pub created_at: Moment,
    /// The last use that has been written to the database.
    pub last_used_at: Moment,
    /// The absolute timeout: set at login, brought forward by stricter policies.
    pub expires_at: Moment,
    /// See [`Policy::enforced_idle_timeout`].
    pub idle_timeout: Option<Duration>,
    pub authentication: Authentication,
}

impl Session {
    pub fn begin(
        user_id: UserId,
        policy: &Policy,
        (device, address): (Device, IpAddr),
        authentication: Authentication,
        now: Moment,
    ) -> Self {
        Self {
            id: SessionId::generate(),
            user_id,
            policy: policy.name,
            label: None,
            device,
            ip: Some(address.to_string()),
            created_at: now,
            last_used_at: now,
            expires_at: now.plus(policy.lifetime),
            idle_timeout: policy.enforced_idle_timeout(policy.name.credential_storage()),
            authentication,
        }
    }

    /// The same session under a new id, which gets a credential of its own: copies of the old one are worth nothing. Its user has
    /// just entered the password, which proves nothing newer where they have proved more, or where it is not enough.
    #[must_use]
    pub fn rotated(self, has_second_step: bool, now: Moment) -> Self {
        let is_password_enough = !has_second_step && self.authentication.acr == Acr::One;
        let authentication =
            if is_password_enough { Authentication::with_password(now) } else { self.authentication.clone() };
        Self { id: SessionId::generate(), last_used_at: now.max(self.last_used_at), authentication, ..self }
    }

    /// Minimum interval between two uses that count: at most a tenth of the policy's idle timeout, by which
    /// [`Policy::enforced_idle_timeout`] extends it.
    pub fn touch_interval(&self, policy: &Policy) -> Duration {
        match self.policy.credential_storage() {
            CredentialStorage::SessionCookie => {
                self.idle_timeout.map_or(policy.touch_interval, |timeout| policy.touch_interval.min(timeout / 11))
            }
            CredentialStorage::RefreshCookie | CredentialStorage::RefreshToken | CredentialStorage::AccessTokenOnly => {
                Duration::ZERO
            }
        }
    }

    /// Minimum interval between two writes of `last_used_at`: a hundredth of the idle timeout or, without one, of the absolute
    /// timeout.
    pub fn write_interval(&self) -> Duration {
        self.idle_timeout.unwrap_or_else(|| self.expires_at.since(self.created_at)) / 100
    }

    /// Whether the session may continue under the user's current policy. Not if that policy leaves less of a credential
    /// in the browser than this session has there.
    pub fn permitted_under(&self, current: &Policy) -> bool {
        !current.is_stricter_than(self.policy)
    }

    /// The session with the shorter of its own timeouts and those of the current policy. Longer ones do not extend it.
    #[must_use]
    pub fn clamped_to(self, current: &Policy) -> Self {
        let expires_at = self.expires_at.min(self.created_at.plus(current.lifetime));
        let idle_timeout = [self.idle_timeout, current.enforced_idle_timeout(self.policy.credential_storage())]
            .into_iter()
            .flatten()
            .min();
        Self { expires_at, idle_timeout, ..self }
    }

    /// The session without times in the future, which come from a clock that was fast: it began now at the latest, and
    /// lasts no longer than intended.
    #[must_use]
    pub fn bounded(self, now: Moment) -> Self {
        let lifetime = self.expires_at.since(self.created_at);
        Self {
            created_at: self.created_at.min(now),
            last_used_at: self.last_used_at.min(now),
            expires_at: self.expires_at.min(self.created_at.min(now).plus(lifetime)),
            authentication: Authentication { time: self.authentication.time.min(now), ..self.authentication },
            ..self
        }
    }

    /// The time at which the session ends if it is not used again.
    pub fn expires_or_idles_at(&self) -> Moment {
        self.idle_timeout.map_or(self.expires_at, |timeout| self.last_used_at.plus(timeout).min(self.expires_at))
    }

    /// `current` is true for the session of the request.
    pub fn into_api(self, current: bool) -> api::Session {
        api::Session {
            id: self.id.0,
            current,
            policy: self.policy,
            label: self.label.map(String::from),
            device: self.device.into(),
            ip: self.ip,
            created_at: self.created_at.into(),
            last_used_at: self.last_used_at.into(),
            expires_at: self.expires_at.into(),
            acr: self.authentication.acr.name().into(),
            amr: self.authentication.amr,
            auth_time: self.authentication.time.into(),
        }
    }
}
