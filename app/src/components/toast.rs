//! The toast: the result of the last operation, at the bottom of the window until it fades out.

use leptos::prelude::*;

use super::notice::Notice;

#[derive(Clone, Copy)]
pub struct Toast(RwSignal<Option<String>>);

impl Toast {
    pub fn provide() {
        provide_context(Self(RwSignal::new(None)));
    }

    pub fn current() -> Self {
        expect_context()
    }

    pub fn show(self, text: String) {
        self.0.set(Some(text));
    }

    /// At the start of an operation: the same result is shown again.
    pub fn clear(self) {
        self.0.set(None);
    }
}

/// The live region of the toast.
#[component]
pub fn ToastRegion() -> impl IntoView {
    let Toast(text) = Toast::current();
    view! { <div class="toast" role="status"><Notice class="" text=move || text.get()/></div> }
}
