//! Content with buttons that is made of elements instead of views, with one handler for all of them.

use std::sync::Arc;

use leptos::prelude::*;

use crate::leptos_ext::{ClientOnly, ReactiveViews, clicked_button};

/// Handles the `value` of a button, and the id of its list item, if there is one.
type Handle = dyn Fn(&str, &str) + Send + Sync;

/// A boxed handler.
#[derive(Clone)]
pub struct OnButton(Arc<Handle>);

impl<F: Fn(&str, &str) + Send + Sync + 'static> From<F> for OnButton {
    fn from(handle: F) -> Self {
        Self(Arc::new(handle))
    }
}

#[component]
pub fn Buttons(#[prop(into)] on_button: OnButton, content: ReactiveViews) -> impl IntoView {
    let OnButton(handle) = on_button;
    let on_click = move |event| {
        if let Some((value, id)) = clicked_button(&event) {
            handle(&value, &id);
        }
    };
    ClientOnly::new(move || view! { <div on:click=on_click>{content}</div> })
}
