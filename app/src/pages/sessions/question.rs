//! Nothing ends before the person has been asked.

use leptos::{html, prelude::*, task::spawn_local};

use super::live::Live;
use crate::{
    components::Notice,
    content::{changing, effect},
    private::Private,
    words::{self, Which},
};

/// The dialog, while there is something to ask.
#[component]
pub fn Question(live: Live) -> impl IntoView {
    move || live.asked.get().map(|which| Private::new(move || view! { <Dialog live which/> }))
}

/// A native dialog: it keeps the focus, makes what is around it inert, and Esc closes it.
#[component]
fn Dialog(live: Live, which: Which) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    effect(move || {
        if let Some(dialog) = dialog.get() {
            _ = dialog.show_modal();
        }
    });
    // It gives the focus back to where it was.
    let close = move || {
        if let Some(dialog) = dialog.get_untracked().filter(|_| !live.pending.get_untracked()) {
            dialog.close();
        }
    };
    let (heading, consequence, button) = (words::question(&which), words::consequence(&which), words::control(&which));
    let confirm = move |_| {
        if !live.pending.get_untracked() {
            spawn_local(live.end(which.clone()));
        }
    };
    let busy = move || changing(move || Some(if live.pending.get() { "true" } else { "false" }));
    view! {
        <dialog
            node_ref=dialog
            aria-labelledby="question"
            aria-describedby="consequence"
            closedby=changing(move || Some(if live.pending.get() { "none" } else { "any" }))
            on:close=move |_| live.asked.set(None)
        >
            <h2 id="question">{heading}</h2>
            <p id="consequence">{consequence}</p>
            <div role="alert"><Notice class="notice wrong" text=move || live.refusal.get()/></div>
            <div class="answers">
                // First, so that it has the focus: it does no harm.
                <button type="button" class="button second" aria-disabled=busy() on:click=move |_| close()>"Cancel"</button>
                <button type="button" class="button" aria-busy=busy() aria-disabled=busy() on:click=confirm>{button}</button>
            </div>
            <p class="unseen" role="status">{move || if live.pending.get() { "One moment…" } else { "" }}</p>
        </dialog>
    }
}
