//! Whether sessions here end with their tab, and whether one may just have.

use leptos::prelude::*;

use doorward_api::PolicyName;

/// Whether sessions of the policies in use live and die with one tab. The server puts it into the context of each page.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum TabBound {
    /// None of them.
    #[default]
    Never,
    /// It depends on the person's roles.
    Sometimes,
    /// All of them.
    Always,
}

impl TabBound {
    /// What these policies come to.
    pub fn among(policies: impl Iterator<Item = PolicyName>) -> Self {
        let bound: Vec<_> = policies.map(|policy| !policy.credential_storage().is_cookie()).collect();
        match (bound.contains(&true), bound.contains(&false)) {
            (false, _) => Self::Never,
            (true, true) => Self::Sometimes,
            (true, false) => Self::Always,
        }
    }

    /// What the server has said, in the browser too: it travels with the page.
    pub(crate) fn shared() -> Self {
        let number = SharedValue::new_str(|| use_context::<Self>().unwrap_or_default() as usize).into_inner();
        [Self::Never, Self::Sometimes].get(number).copied().unwrap_or(Self::Always)
    }
}

/// Whether this page takes the place of one that was in the same tab: it was loaded again, or found by going back. In the
/// browser only.
pub fn is_loaded_again() -> bool {
    let navigation = window().performance().map(|performance| performance.get_entries_by_type("navigation").get(0));
    let kind = navigation.and_then(|entry| js_sys::Reflect::get(&entry, &"type".into()).ok()?.as_string());
    kind.is_some_and(|kind| kind == "reload" || kind == "back_forward")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_policies_keep_a_session_beyond_its_tab_and_some_do_not() {
        use PolicyName::{Banking, MemoryOnly, Retention, ServerSession};
        for (policies, expected) in [
            (&[Retention, ServerSession][..], TabBound::Never),
            (&[Retention, Banking], TabBound::Sometimes),
            (&[MemoryOnly, ServerSession], TabBound::Sometimes),
            (&[MemoryOnly, Banking], TabBound::Always),
        ] {
            assert_eq!(TabBound::among(policies.iter().copied()), expected, "{policies:?}");
        }
    }
}
