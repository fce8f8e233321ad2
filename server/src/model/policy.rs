//! How sessions behave, as data: nobody asks which policy it is, only what it says.

use std::{collections::BTreeMap, time::Duration};

use doorward_api::{CredentialStorage, PolicyName};

/// The rules of a session.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Policy {
    /// What it is called.
    pub name: PolicyName,
    /// From login to the absolute end.
    pub lifetime: Duration,
    /// The longest time between uses.
    pub idle_timeout: Option<Duration>,
    /// The life of an access token, at most 15 minutes.
    pub access_token_lifetime: Duration,
}

/// How long a use may go unnoted at most where every request is one: to write each of them down would cost more than it
/// tells.
pub const MIN_TOUCH_INTERVAL: Duration = Duration::from_mins(1);

const MINUTE: Duration = Duration::from_mins(1);
const DAY: Duration = Duration::from_hours(24);

impl Policy {
    /// The policy of this name, as it comes.
    pub fn preset(name: PolicyName) -> Self {
        let usual = Self {
            name,
            lifetime: 30 * DAY,
            idle_timeout: Some(14 * DAY),
            access_token_lifetime: if name.credential_storage().is_renewable() { 5 * MINUTE } else { 15 * MINUTE },
        };
        usual.with(&Overrides::default())
    }

    /// The same with other values. Where nothing renews a session, its one access token is all of it: it lives as long
    /// at most, and no use prolongs it.
    #[must_use]
    pub fn with(mut self, values: &Overrides) -> Self {
        self.access_token_lifetime = values.access_token_lifetime.unwrap_or(self.access_token_lifetime);
        self.lifetime = values.lifetime.unwrap_or(self.lifetime);
        self.idle_timeout = values.idle_timeout.unwrap_or(self.idle_timeout);
        if !self.name.credential_storage().is_renewable() {
            self.lifetime = self.lifetime.min(self.access_token_lifetime);
            self.idle_timeout = None;
        }
        self
    }

    /// The idle limit as it is enforced on a session that is kept so: with the time for which its uses may go unnoted, so
    /// that nobody is thrown out early.
    pub fn enforced_idle_timeout(&self, keeps: CredentialStorage) -> Option<Duration> {
        let limit = self.idle_timeout?;
        Some(if keeps == CredentialStorage::SessionCookie { limit + MIN_TOUCH_INTERVAL.min(limit / 10) } else { limit })
    }

    /// Whether this one leaves less in the browser than that one.
    pub fn is_stricter_than(&self, other: PolicyName) -> bool {
        strictness(self.name) > strictness(other)
    }
}

fn strictness(name: PolicyName) -> Option<usize> {
    PolicyName::ALL.iter().position(|other| *other == name)
}

/// Values that the operator has chosen in place of a policy's own.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// See [`Policy::access_token_lifetime`].
    pub access_token_lifetime: Option<Duration>,
    /// See [`Policy::lifetime`].
    pub lifetime: Option<Duration>,
    /// See [`Policy::idle_timeout`]; `Some(None)` for none.
    pub idle_timeout: Option<Option<Duration>>,
}

/// Whose sessions behave how.
#[derive(Clone, Debug)]
pub struct Policies {
    /// For people none of whose roles has a policy of its own.
    pub usual: Policy,
    /// For people with a role.
    pub by_role: BTreeMap<String, Policy>,
}

impl Policies {
    /// The policy of somebody with these roles: the strictest that one of them has.
    pub fn of(&self, roles: &[String]) -> &Policy {
        let of_roles = roles.iter().filter_map(|role| self.by_role.get(role));
        of_roles.max_by_key(|policy| strictness(policy.name)).unwrap_or(&self.usual)
    }

    /// All that are in use.
    pub fn all(&self) -> impl Iterator<Item = &Policy> {
        std::iter::once(&self.usual).chain(self.by_role.values())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roles(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn r48_of_several_roles_the_strictest_policy_wins() {
        let by_role = [
            ("teller", PolicyName::Banking),
            ("auditor", PolicyName::MemoryOnly),
            ("staff", PolicyName::ServerSession),
            ("kiosk", PolicyName::Retention),
        ];
        let by_role = by_role.into_iter().map(|(role, name)| (role.to_owned(), Policy::preset(name))).collect();
        let policies = Policies { usual: Policy::preset(PolicyName::MemoryOnly), by_role };
        for (has, expected) in [
            (vec![], PolicyName::MemoryOnly),
            (vec!["editor"], PolicyName::MemoryOnly),
            (vec!["kiosk"], PolicyName::Retention),
            (vec!["kiosk", "editor"], PolicyName::Retention),
            (vec!["kiosk", "staff"], PolicyName::ServerSession),
            (vec!["auditor", "staff", "kiosk"], PolicyName::MemoryOnly),
            (vec!["auditor", "teller", "staff"], PolicyName::Banking),
        ] {
            assert_eq!(policies.of(&roles(&has)).name, expected, "{has:?}");
        }
    }

    #[test]
    fn where_nothing_renews_a_session_its_access_token_is_all_of_it() {
        let banking = Policy::preset(PolicyName::Banking);
        assert_eq!((banking.lifetime, banking.idle_timeout), (15 * MINUTE, None));

        let long = Overrides { lifetime: Some(DAY), idle_timeout: Some(Some(MINUTE)), ..Overrides::default() };
        assert_eq!(banking.clone().with(&long), banking);
        let short = Overrides { access_token_lifetime: Some(5 * MINUTE), ..Overrides::default() };
        assert_eq!(banking.with(&short).lifetime, 5 * MINUTE);
    }

    #[test]
    fn an_idle_limit_is_never_enforced_early() {
        // Whichever policy it is of: a session outlives a change to a more lenient one.
        for name in [PolicyName::ServerSession, PolicyName::Retention] {
            let policy = |limit| Policy { idle_timeout: Some(limit), ..Policy::preset(name) };
            assert_eq!(policy(DAY).enforced_idle_timeout(CredentialStorage::SessionCookie), Some(DAY + MINUTE));
            assert_eq!(
                policy(5 * MINUTE).enforced_idle_timeout(CredentialStorage::SessionCookie),
                Some(5 * MINUTE + MINUTE / 2)
            );
            assert_eq!(policy(DAY).enforced_idle_timeout(CredentialStorage::RefreshCookie), Some(DAY));
        }
    }
}
