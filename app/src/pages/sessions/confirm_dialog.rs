//! The confirmation before sessions are ended.

use leptos::{prelude::*, task::spawn_local};

use super::state::SessionsState;
use crate::{
    components::{Notice, show_modal},
    leptos_ext::{ClientOnly, client_only_views, reactive_text},
    messages::{self, EndTarget, messages},
};

#[component]
pub fn ConfirmDialog(state: SessionsState) -> impl IntoView {
    client_only_views(move || {
        state.confirming.get().map(|target| ClientOnly::new(move || view! { <Dialog state target/> }))
    })
}

/// A native dialog: it traps the focus and restores it. Escape closes it, and so does "Cancel", the only submit button of its
/// `method="dialog"` form.
#[component]
fn Dialog(state: SessionsState, target: EndTarget) -> impl IntoView {
    let (heading, button) = (messages::confirm_end(&target), messages::end_button(&target));
    let consequence = state.sessions.with_untracked(|sessions| messages::consequence(&target, sessions));
    show_modal("confirm", None);
    let confirm = move |_| {
        if !state.pending.get_untracked() {
            spawn_local(state.end(target.clone()));
        }
    };
    let busy = move |yes: &'static str, no| reactive_text(move || if state.pending.get() { Some(yes) } else { no });
    view! {
        <dialog
            id="confirm"
            aria-labelledby="confirm-title"
            aria-describedby="confirm-consequence"
            closedby=busy("none", Some("any"))
            on:close=move |_| state.confirming.set(None)
        >
            <h2 id="confirm-title">{heading}</h2>
            <p id="confirm-consequence">{consequence}</p>
            <div role="alert"><Notice class="notice error" text=move || state.error.get()/></div>
            <form method="dialog" class="answers">
                // First, so that the harmless choice has the initial focus.
                <button class="button second" disabled=busy("", None)>{messages().shell.cancel}</button>
                <button
                    type="button"
                    class="button danger"
                    aria-busy=busy("true", None)
                    aria-disabled=busy("true", None)
                    on:click=confirm
                >
                    {button}
                </button>
            </form>
            <div class="visually-hidden" role="status"><Notice text=busy(messages().shell.one_moment, None)/></div>
        </dialog>
    }
}
