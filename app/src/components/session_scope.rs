//! Whether sessions are limited to one tab, and whether a reload may have ended one.

use leptos::prelude::*;

use doorward_api::PolicyName;

/// What sessions under the configured policies are limited to. The server provides it as context.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
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

    /// The server's value, serialized into the page for the browser.
    pub(crate) fn shared() -> Self {
        let number = SharedValue::new_str(|| use_context::<Self>().unwrap_or_default() as usize).into_inner();
        [Self::Browser, Self::Mixed].get(number).copied().unwrap_or(Self::Tab)
    }
}

/// Whether the page was loaded by a reload or by history navigation. In the browser only.
pub fn was_reloaded() -> bool {
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
