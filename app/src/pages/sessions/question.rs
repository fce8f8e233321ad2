//! Nothing ends before the person has been asked.

use leptos::{prelude::*, task::spawn_local};

use super::live::Live;
use crate::{
    components::{Notice, show_modal},
    content::changing,
    private::{self, Private},
    words::{self, Which},
};

/// The dialog, while there is something to ask.
#[component]
pub fn Question(live: Live) -> impl IntoView {
    private::changing(move || live.asked.get().map(|which| Private::new(move || view! { <Dialog live which/> })))
}

/// A native dialog: it keeps the focus, makes what is around it inert, and gives the focus back where it was. Esc closes
/// it, and so does "Cancel", as the only button that sends its form.
#[component]
fn Dialog(live: Live, which: Which) -> impl IntoView {
    let (heading, button) = (words::question(&which), words::control(&which));
    let consequence = live.sessions.with_untracked(|sessions| words::consequence(&which, sessions));
    show_modal("asked", None);
    let confirm = move |_| {
        if !live.pending.get_untracked() {
            spawn_local(live.end(which.clone()));
        }
    };
    let busy = move |yes: &'static str, no| changing(move || if live.pending.get() { Some(yes) } else { no });
    view! {
        <dialog
            id="asked"
            aria-labelledby="question"
            aria-describedby="consequence"
            closedby=busy("none", Some("any"))
            on:close=move |_| live.asked.set(None)
        >
            <h2 id="question">{heading}</h2>
            <p id="consequence">{consequence}</p>
            <div role="alert"><Notice class="notice wrong" text=move || live.refusal.get()/></div>
            <form method="dialog" class="answers">
                // First, so that it has the focus: it does no harm.
                <button class="button second" disabled=busy("", None)>"Cancel"</button>
                <button
                    type="button"
                    class="button"
                    aria-busy=busy("true", None)
                    aria-disabled=busy("true", None)
                    on:click=confirm
                >
                    {button}
                </button>
            </form>
            <div class="unseen" role="status"><Notice text=busy("One moment…", None)/></div>
        </dialog>
    }
}
