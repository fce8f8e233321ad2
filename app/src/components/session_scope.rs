//! Whether sessions are limited to one tab, and whether a reload may have ended one.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use doorward_api::PolicyName;

/// What sessions under the configured policies are limited to.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionScope {
    /// All of them belong to the browser.
    #[default]
    Browser,
    /// It depends on the user's roles.
    Mixed,
    /// All of them belong to one tab, and end with it.
    Tab,
}

impl SessionScope {
    pub fn of_policies(policies: impl Iterator<Item = PolicyName>) -> Self {
        let bound: Vec<_> = policies.map(|policy| !policy.credential_storage().is_cookie()).collect();
        match (bound.contains(&true), bound.contains(&false)) {
            (false, _) => Self::Browser,
            (true, true) => Self::Mixed,
            (true, false) => Self::Tab,
        }
    }
}

/// Whether the page was loaded by a reload or by history navigation. Only the browser can detect it.
pub fn was_reloaded() -> bool {
    if !is_browser() {
        return false;
    }
    let navigation = window().performance().map(|performance| performance.get_entries_by_type("navigation").get(0));
    let kind = navigation.and_then(|entry| js_sys::Reflect::get(&entry, &"type".into()).ok()?.as_string());
    kind.is_some_and(|kind| kind == "reload" || kind == "back_forward")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scope_depends_on_where_each_policy_stores_its_credential() {
        use PolicyName::{Banking, MemoryOnly, Retention, ServerSession};
        for (policies, expected) in [
            (&[Retention, ServerSession][..], SessionScope::Browser),
            (&[Retention, Banking], SessionScope::Mixed),
            (&[MemoryOnly, ServerSession], SessionScope::Mixed),
            (&[MemoryOnly, Banking], SessionScope::Tab),
        ] {
            assert_eq!(SessionScope::of_policies(policies.iter().copied()), expected, "{policies:?}");
        }
    }
}
