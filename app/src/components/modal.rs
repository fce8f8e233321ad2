//! A native modal dialog with a heading and a description. It traps the focus and restores it.

use leptos::{
    ev::KeyboardEvent,
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::{Event, HtmlDialogElement},
};

use super::{
    focus::show_modal,
    form::{OnCancel, is_escape},
};
use crate::leptos_ext::{BoxedChildren, ReactiveViews};

#[component]
pub fn Modal(
    id: &'static str,
    title: String,
    description: ReactiveViews,
    /// The id of the element that has the focus first.
    #[prop(optional)]
    focus: Option<&'static str>,
    /// Whether it stays until a button with a value closes it.
    #[prop(optional)]
    stays: bool,
    #[prop(into)] on_close: OnCancel,
    children: BoxedChildren,
) -> impl IntoView {
    show_modal(id, focus);
    let OnCancel(close) = on_close;
    let on_escape = close.clone();
    let on_key = move |event: KeyboardEvent| {
        if is_escape(&event) {
            // Chromium would close a dialog below as well, if there was no click between the two.
            event.prevent_default();
            if !stays {
                on_escape();
            }
        }
    };
    // Browsers without `closedby` close it nevertheless.
    let on_close = move |event: Event| {
        let dialog = event.target().and_then(|dialog| dialog.dyn_into::<HtmlDialogElement>().ok());
        if stays && dialog.is_some_and(|dialog| dialog.return_value().is_empty()) {
            show_modal(id, focus);
        } else {
            close();
        }
    };
    view! {
        <dialog
            id=id
            aria-labelledby=format!("{id}-title")
            aria-describedby=format!("{id}-description")
            closedby=stays.then_some("none")
            on:keydown=on_key
            on:close=on_close
        >
            <h2 id=format!("{id}-title")>{title}</h2>
            <p id=format!("{id}-description")>{description}</p>
            {children.view()}
        </dialog>
    }
}
