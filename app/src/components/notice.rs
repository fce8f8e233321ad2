//! A sentence that is said only at times.

use leptos::prelude::*;

/// What is said, if anything: a closure, boxed so that there is one notice for all of them.
pub struct Text(Box<dyn Fn() -> Option<String> + Send>);

impl<F, S> From<F> for Text
where
    F: Fn() -> Option<S> + Send + 'static,
    S: Into<String>,
{
    fn from(text: F) -> Self {
        Self(Box::new(move || text().map(Into::into)))
    }
}

impl Text {
    /// What is said now.
    pub(super) fn now(&self) -> Option<String> {
        (self.0)()
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
    move || text.now().map(|text| view! { <p class=class role=role id=id.clone()>{text}</p> })
}
