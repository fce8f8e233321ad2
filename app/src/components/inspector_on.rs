//! Whether the inspector is enabled in the settings.

use leptos::prelude::*;

/// Whether the inspector is enabled. The server provides it as context.
#[derive(Clone, Copy, Debug, Default)]
pub struct InspectorOn(pub bool);

impl InspectorOn {
    /// The server's value, serialized into the page for the browser.
    pub(crate) fn shared() -> Self {
        Self(SharedValue::new_str(|| use_context::<Self>().unwrap_or_default().0).into_inner())
    }
}
