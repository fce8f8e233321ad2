//! The confirmation before an operation that cannot be undone.

use std::sync::Arc;

use futures::future::LocalBoxFuture;
use leptos::{prelude::*, task::spawn_local};

use super::{focus::show_modal, notice::Notice, toast::Toast};
use crate::{
    leptos_ext::{ClientOnly, client_only_views, reactive_text},
    messages::{self, messages},
};
use doorward::Error;

type Operation = Arc<dyn Fn() -> LocalBoxFuture<'static, Result<(), Error>> + Send + Sync>;

/// What the user has to confirm.
#[derive(Clone)]
pub struct Confirmation {
    heading: String,
    consequence: String,
    /// The label of the button that confirms.
    button: &'static str,
    operation: Operation,
}

impl Confirmation {
    pub fn new<F>(
        (heading, consequence): (String, String),
        button: &'static str,
        operation: impl Fn() -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<(), Error>> + 'static,
    {
        Self { heading, consequence, button, operation: Arc::new(move || Box::pin(operation())) }
    }
}

/// Owned by the page, so that an operation completes even if its dialog has been closed.
#[derive(Clone, Copy)]
pub struct Confirm {
    confirmation: RwSignal<Option<Confirmation>>,
    /// Whether the confirmed operation is running.
    pending: RwSignal<bool>,
    /// Why the confirmed operation failed.
    error: RwSignal<Option<String>>,
    toast: Toast,
}

impl Confirm {
    pub fn idle() -> Self {
        Self {
            confirmation: RwSignal::new(None),
            pending: RwSignal::new(false),
            error: RwSignal::new(None),
            toast: Toast::current(),
        }
    }

    /// Opens the dialog.
    pub fn open(self, confirmation: Confirmation) {
        self.toast.clear();
        self.error.set(None);
        self.confirmation.set(Some(confirmation));
    }

    /// Closes the dialog if the operation succeeds. Its error is shown in the dialog or, if that is closed, as a toast.
    async fn run(self, operation: Operation) {
        self.pending.set(true);
        self.error.set(None);
        let reply = operation().await;
        _ = self.pending.try_set(false);
        match reply {
            Ok(()) => _ = self.confirmation.try_set(None),
            Err(error) => {
                let message = messages::error(&error);
                if self.confirmation.try_with_untracked(Option::is_some) == Some(true) {
                    self.error.set(Some(message));
                } else {
                    self.toast.show(message);
                }
            }
        }
    }
}

#[component]
pub fn ConfirmDialog(confirm: Confirm) -> impl IntoView {
    client_only_views(move || {
        confirm.confirmation.get().map(|confirmation| ClientOnly::new(move || view! { <Dialog confirm confirmation/> }))
    })
}

/// A native dialog: it traps the focus and restores it. Escape closes it, and so does "Cancel", the only submit button of its
/// `method="dialog"` form.
#[component]
fn Dialog(confirm: Confirm, confirmation: Confirmation) -> impl IntoView {
    let Confirmation { heading, consequence, button, operation } = confirmation;
    show_modal("confirm", None);
    let run = move |_| {
        if !confirm.pending.get_untracked() {
            spawn_local(confirm.run(Arc::clone(&operation)));
        }
    };
    let busy = move |yes: &'static str, no| reactive_text(move || if confirm.pending.get() { Some(yes) } else { no });
    view! {
        <dialog
            id="confirm"
            aria-labelledby="confirm-title"
            aria-describedby="confirm-consequence"
            closedby=busy("none", Some("any"))
            on:close=move |_| confirm.confirmation.set(None)
        >
            <h2 id="confirm-title">{heading}</h2>
            <p id="confirm-consequence">{consequence}</p>
            <div role="alert"><Notice class="notice error" text=move || confirm.error.get()/></div>
            <form method="dialog" class="answers">
                // First, so that the harmless choice has the initial focus.
                <button class="button second" disabled=busy("", None)>{messages().shell.cancel}</button>
                <button
                    type="button"
                    class="button danger"
                    aria-busy=busy("true", None)
                    aria-disabled=busy("true", None)
                    on:click=run
                >
                    {button}
                </button>
            </form>
            <div class="visually-hidden" role="status"><Notice text=busy(messages().shell.one_moment, None)/></div>
        </dialog>
    }
}
