//! A session: what a login starts, on one device, until a fixed end.
//!
//! ```text
//!   login ──▶ live ──▶ ended(reason)              by logout, revocation, a new password, a new login on the browser,
//!              │                                   stricter rules
//!              ├─ now ≥ expires_at ───▶ expired    absolute, fixed at login
//!              └─ unused > idle_timeout ─▶ idle      written down when somebody asks, or by the sweep
//! ```
//! Nothing leads back. Stricter rules bring `expires_at` nearer; nothing moves it away.

use std::fmt::{self, Display};
use std::{net::IpAddr, time::Duration};

use doorward_api::{self as api, CredentialStorage, EndReason, PolicyName};

use crate::{
    clock::Moment,
    model::{
        cursor::Cursor,
        device::Device,
        display_name,
        policy::{MIN_TOUCH_INTERVAL, Policy},
        user::UserId,
    },
    random,
};

/// So many live sessions one person has at most; a login beyond that ends the oldest (R50).
pub const MAX_SESSIONS: i64 = 50;

/// Names a session. Not a secret.
#[derive(Clone, Debug, Eq, Hash, PartialEq, sqlx::Type)]
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
    /// An id that no session has (R36: each login has a new one).
    pub fn fresh() -> Self {
        Self(random::id())
    }

    /// Takes what may be an id: nothing else reaches the database.
    pub fn parse(text: &str) -> Option<Self> {
        let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        ((1..=64).contains(&text.len()) && is_plain).then(|| Self(text.to_owned()))
    }
}

/// The name that a person gives a device.
#[derive(Clone, Debug, Eq, PartialEq, sqlx::Type)]
#[sqlx(transparent)]
pub struct Label(String);

impl Label {
    /// What [`parse`](Self::parse) takes, in words for the person.
    pub const RULE: &str = "Enter a name on one line, at most 100 characters long.";

    /// Takes a label as typed, without the space around it.
    pub fn parse(text: &str) -> Option<Self> {
        display_name::read(text).map(Self)
    }
}

impl From<Label> for String {
    fn from(label: Label) -> Self {
        label.0
    }
}

/// How a session came to its end.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SessionEnd {
    /// Why.
    pub reason: EndReason,
    /// When, where that is written down.
    pub at: Option<Moment>,
    /// On which device that was decided; none where no device of the person did.
    pub by: Option<Device>,
}

impl SessionEnd {
    /// When and from where, as it travels.
    pub fn on_the_wire(&self) -> Option<api::EndDetails> {
        Some(api::EndDetails { at: self.at?.into(), by: self.by.clone().map(api::Device::from) })
    }
}

impl From<EndReason> for SessionEnd {
    /// An end of which nothing but the reason is known.
    fn from(reason: EndReason) -> Self {
        Self { reason, at: None, by: None }
    }
}

/// A session that has ended.
#[derive(Clone, Debug)]
pub struct EndedSession {
    /// Which one.
    pub session_id: SessionId,
    /// Whose it was.
    pub user_id: UserId,
    /// The end that it would have had.
    pub expires_at: Moment,
    /// How it came to its end.
    pub end: SessionEnd,
    /// Whether access tokens of it may be good for longer than it was: whoever checks them has to hear of the end.
    pub leaves_tokens: bool,
}

impl EndedSession {
    /// Its position in the order of ends.
    pub fn cursor(&self) -> Cursor<SessionId> {
        Cursor { at: self.end.at.unwrap_or(Moment(i64::MAX)), id: self.session_id.clone() }
    }
}

/// One login on one device.
#[derive(Clone, Debug)]
pub struct Session {
    /// Names the session.
    pub id: SessionId,
    /// Whose it is.
    pub user_id: UserId,
    /// How it behaves, fixed at login.
    pub policy: PolicyName,
    /// The name that the person gave this device.
    pub label: Option<Label>,
    /// What the login came from.
    pub device: Device,
    /// Where the login came from.
    pub ip: String,
    /// When the login happened.
    pub created_at: Moment,
    /// The latest login or refresh that the database knows of.
    pub last_used_at: Moment,
    /// The end, fixed at login; stricter rules may bring it nearer.
    pub expires_at: Moment,
    /// The longest time between uses, as it is enforced.
    pub idle_timeout: Option<Duration>,
}

impl Session {
    /// A session that begins now.
    pub fn begin(user_id: UserId, policy: &Policy, device: Device, address: IpAddr, now: Moment) -> Self {
        Self {
            id: SessionId::fresh(),
            user_id,
            policy: policy.name,
            label: None,
            device,
            ip: address.to_string(),
            created_at: now,
            last_used_at: now,
            expires_at: now.plus(policy.lifetime),
            idle_timeout: policy.enforced_idle_timeout(policy.name.credential_storage()),
        }
    }

    /// How old the last use that is written down may be before another one is. A tenth of the idle limit at most, which is
    /// that much longer for it ([`Policy::enforced_idle_timeout`]).
    pub fn touch_interval(&self) -> Duration {
        match self.policy.credential_storage() {
            CredentialStorage::SessionCookie => {
                self.idle_timeout.map_or(MIN_TOUCH_INTERVAL, |limit| MIN_TOUCH_INTERVAL.min(limit / 11))
            }
            CredentialStorage::RefreshCookie | CredentialStorage::RefreshToken | CredentialStorage::AccessTokenOnly => {
                Duration::ZERO
            }
        }
    }

    /// Whether today's rules leave a session like this alone: one that leaves less in the browser than this one has there
    /// does not.
    pub fn permitted_under(&self, today: &Policy) -> bool {
        !today.is_stricter_than(self.policy)
    }

    /// The session with the shorter of its own limits and today's: what has become longer meanwhile prolongs nothing (R49).
    #[must_use]
    pub fn clamped_to(self, today: &Policy) -> Self {
        let expires_at = self.expires_at.min(self.created_at.plus(today.lifetime));
        let idle_timeout = [self.idle_timeout, today.enforced_idle_timeout(self.policy.credential_storage())]
            .into_iter()
            .flatten()
            .min();
        Self { expires_at, idle_timeout, ..self }
    }

    /// The moment at which the session is over if it is not used again.
    pub fn expires_or_idles_at(&self) -> Moment {
        self.idle_timeout.map_or(self.expires_at, |limit| self.last_used_at.plus(limit).min(self.expires_at))
    }

    /// The session as it travels; `current` where it is the one that asks.
    pub fn on_the_wire(self, current: bool) -> api::Session {
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
        }
    }
}
