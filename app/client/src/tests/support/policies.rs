//! Runs a test under several policies.

use doorward_api::PolicyName::{self, Banking, MemoryOnly, Retention, ServerSession};

pub(in crate::tests) const EACH: [PolicyName; 4] = PolicyName::ALL;

/// The session continues after the access token has expired.
pub(in crate::tests) const RENEWABLE: [PolicyName; 3] = [Retention, ServerSession, MemoryOnly];

/// Requests carry an access token.
pub(in crate::tests) const WITH_TOKEN: [PolicyName; 3] = [Retention, MemoryOnly, Banking];

/// A refresh brings the next access token.
pub(in crate::tests) const WITH_REFRESH: [PolicyName; 2] = [Retention, MemoryOnly];

/// All tabs share the session, by a cookie.
pub(in crate::tests) const WITH_COOKIE: [PolicyName; 2] = [Retention, ServerSession];

/// Tab-bound sessions.
pub(in crate::tests) const TAB_BOUND: [PolicyName; 2] = [MemoryOnly, Banking];

/// Runs the test under each of the policies, and names the one under which it fails.
pub(in crate::tests) fn under<const N: usize>(policies: [PolicyName; N], test: impl Fn(PolicyName)) {
    for policy in policies {
        let named = Named(policy);
        test(policy);
        drop(named);
    }
}

struct Named(PolicyName);

impl Drop for Named {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("under the policy {}", self.0.name());
        }
    }
}
