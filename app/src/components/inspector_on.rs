//! Whether the operator has switched on the inspector.

use leptos::prelude::*;

/// Whether there is an inspector. The server puts it into the context of each page.
#[derive(Clone, Copy, Debug, Default)]
pub struct InspectorOn(pub bool);

impl InspectorOn {
    /// What the server has said, in the browser too: it travels with the page.
    pub(crate) fn shared() -> Self {
        Self(SharedValue::new_str(|| use_context::<Self>().unwrap_or_default().0).into_inner())
    }
}
