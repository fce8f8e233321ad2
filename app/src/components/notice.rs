//! A paragraph that is shown only while there is a message.

use leptos::prelude::*;

use crate::leptos_ext::{ReactiveText, Views, reactive_text};

/// The current message, if any.
pub struct Text(pub(super) ReactiveText);

impl<F, S> From<F> for Text
where
    F: Fn() -> Option<S> + Send + 'static,
    S: Into<String>,
{
    fn from(text: F) -> Self {
        Self(reactive_text(text))
    }
}

impl Default for Text {
    fn default() -> Self {
        Self(reactive_text(|| None::<String>))
    }
}

#[component]
pub fn Notice(
    #[prop(into)] text: Text,
    #[prop(default = "notice")] class: &'static str,
    /// The ARIA role, unless a live region around it has one.
    #[prop(optional)]
    role: Option<&'static str>,
    /// For `aria-describedby`.
    #[prop(optional, into)]
    id: Option<String>,
) -> impl IntoView {
    move || {
        let id = id.clone();
        let view = move |text| view! { <p class=class role=role id=id>{text}</p> };
        (text.0)().map_or_else(Views::none, |text| Views::of_text(text, view))
    }
}
