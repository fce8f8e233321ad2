//! A sentence that is said only at times.

use leptos::prelude::*;

use crate::content::{Changing, changing};

/// What is said, if anything.
pub struct Text(pub(super) Changing);

impl<F, S> From<F> for Text
where
    F: Fn() -> Option<S> + Send + 'static,
    S: Into<String>,
{
    fn from(text: F) -> Self {
        Self(changing(text))
    }
}

impl Default for Text {
    fn default() -> Self {
        Self(changing(|| None::<String>))
    }
}

/// A sentence that is said only at times.
#[component]
pub fn Notice(
    /// What is said, if anything.
    #[prop(into)]
    text: Text,
    /// How it looks.
    #[prop(default = "notice")]
    class: &'static str,
    /// What it is to assistive technology, where nothing around it says so.
    #[prop(optional)]
    role: Option<&'static str>,
    /// By what others refer to it.
    #[prop(optional, into)]
    id: Option<String>,
) -> impl IntoView {
    move || (text.0)().map(|text| view! { <p class=class role=role id=id.clone()>{text}</p> })
}
