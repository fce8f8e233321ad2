//! Session policies as data: code reads a policy's values and never matches on its name.
//!
//! In the field's terms: `retention` is a persistent login with silent refresh, `server-session` an opaque server-side
//! session, `memory-only` an in-memory refresh token, `banking` a non-renewable session with step-up re-login.

use std::{collections::BTreeMap, time::Duration};

use doorward_api::{CredentialStorage, PolicyName};

#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Policy {
    pub name: PolicyName,
    /// The absolute timeout, from login.
    pub lifetime: Duration,
    /// The longest time between two uses; none where only the absolute timeout applies.
    pub idle_timeout: Option<Duration>,
    /// At most 15 minutes.
    pub access_token_lifetime: Duration,
    /// Minimum interval between two uses that count, for session-cookie requests: every request is one. Shorter where the idle timeout is short.
    pub touch_interval: Duration,
}

const MINUTE: Duration = Duration::from_mins(1);
const DAY: Duration = Duration::from_hours(24);

impl Policy {
    /// The policy with its default values.
    pub fn preset(name: PolicyName) -> Self {
        let preset = Self {
            name,
            lifetime: 30 * DAY,
            idle_timeout: Some(14 * DAY),
            access_token_lifetime: if name.credential_storage().is_renewable() { 5 * MINUTE } else { 15 * MINUTE },
            touch_interval: MINUTE,
        };
        preset.with_overrides(&Overrides::default())
    }

    /// The policy with the operator's values. A session that cannot be renewed lives at most as long as its only access
    /// token, and has no idle timeout.
    #[must_use]
    pub fn with_overrides(mut self, values: &Overrides) -> Self {
        self.access_token_lifetime = values.access_token_lifetime.unwrap_or(self.access_token_lifetime);
        self.lifetime = values.lifetime.unwrap_or(self.lifetime);
        self.idle_timeout = values.idle_timeout.unwrap_or(self.idle_timeout);
        if !self.name.credential_storage().is_renewable() {
            self.lifetime = self.lifetime.min(self.access_token_lifetime);
            self.idle_timeout = None;
        }
        self
    }

    /// The idle timeout plus the time for which uses of such a session may not have been written yet, so that no
    /// session ends early.
    pub fn enforced_idle_timeout(&self, storage: CredentialStorage) -> Option<Duration> {
        let timeout = self.idle_timeout?;
        let is_delayed = storage == CredentialStorage::SessionCookie;
        Some(if is_delayed { timeout + self.touch_interval.min(timeout / 10) } else { timeout })
    }

    /// Whether this policy leaves less of a credential in the browser than the other.
    pub fn is_stricter_than(&self, other: PolicyName) -> bool {
        strictness(self.name) > strictness(other)
    }
}

/// The position in [`PolicyName::ALL`], which is ordered from the most lenient to the strictest.
fn strictness(name: PolicyName) -> Option<usize> {
    PolicyName::ALL.iter().position(|other| *other == name)
}

/// Values from the settings that replace those of a preset.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    pub access_token_lifetime: Option<Duration>,
    pub lifetime: Option<Duration>,
    /// `Some(None)` switches the idle timeout off.
    pub idle_timeout: Option<Option<Duration>>,
}

#[derive(Clone, Debug)]
pub struct Policies {
    /// For users none of whose roles has its own policy.
    pub default: Policy,
    pub by_role: BTreeMap<String, Policy>,
}

impl Policies {
    /// The strictest policy of these roles.
    pub fn for_roles(&self, roles: &[String]) -> &Policy {
        let policies = roles.iter().filter_map(|role| self.by_role.get(role));
        policies.max_by_key(|policy| strictness(policy.name)).unwrap_or(&self.default)
    }

    pub fn all(&self) -> impl Iterator<Item = &Policy> {
        std::iter::once(&self.default).chain(self.by_role.values())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roles(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn the_strictest_policy_of_several_roles_applies() {
        let by_role = [
            ("teller", PolicyName::Banking),
            ("auditor", PolicyName::MemoryOnly),
            ("staff", PolicyName::ServerSession),
            ("kiosk", PolicyName::Retention),
        ];
        let by_role = by_role.into_iter().map(|(role, name)| (role.to_owned(), Policy::preset(name))).collect();
        let policies = Policies { default: Policy::preset(PolicyName::MemoryOnly), by_role };
        for (has, expected) in [
            (vec![], PolicyName::MemoryOnly),
            (vec!["editor"], PolicyName::MemoryOnly),
            (vec!["kiosk"], PolicyName::Retention),
            (vec!["kiosk", "editor"], PolicyName::Retention),
            (vec!["kiosk", "staff"], PolicyName::ServerSession),
            (vec!["auditor", "staff", "kiosk"], PolicyName::MemoryOnly),
            (vec!["auditor", "teller", "staff"], PolicyName::Banking),
        ] {
            assert_eq!(policies.for_roles(&roles(&has)).name, expected, "{has:?}");
        }
    }

    #[test]
    fn a_session_that_cannot_be_renewed_lives_as_long_as_its_access_token() {
        let banking = Policy::preset(PolicyName::Banking);
        assert_eq!((banking.lifetime, banking.idle_timeout), (15 * MINUTE, None));

        let long = Overrides { lifetime: Some(DAY), idle_timeout: Some(Some(MINUTE)), ..Overrides::default() };
        assert_eq!(banking.clone().with_overrides(&long), banking);
        let short = Overrides { access_token_lifetime: Some(5 * MINUTE), ..Overrides::default() };
        assert_eq!(banking.with_overrides(&short).lifetime, 5 * MINUTE);
    }

    #[test]
    fn an_idle_timeout_is_never_enforced_early() {
        // Under either policy: a session-cookie session stays one after a change to a more lenient policy.
        for name in [PolicyName::ServerSession, PolicyName::Retention] {
            let policy = |timeout| Policy { idle_timeout: Some(timeout), ..Policy::preset(name) };
            assert_eq!(policy(DAY).enforced_idle_timeout(CredentialStorage::SessionCookie), Some(DAY + MINUTE));
            assert_eq!(
                policy(5 * MINUTE).enforced_idle_timeout(CredentialStorage::SessionCookie),
                Some(5 * MINUTE + MINUTE / 2)
            );
            assert_eq!(policy(DAY).enforced_idle_timeout(CredentialStorage::RefreshCookie), Some(DAY));
        }
    }
}
