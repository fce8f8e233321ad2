//! The confirmation before an operation that cannot be undone.

use std::rc::Rc;

use futures::future::LocalBoxFuture;
use leptos::{prelude::*, task::spawn_local};
use send_wrapper::SendWrapper;

use super::{focus::show_modal, notice::Notice, toast::Toast};
use crate::{
    leptos_ext::{ClientOnly, client_only_views, reactive_text},
    messages::{self, messages},
};
use doorward::Error;
use doorward_api::ErrorCode;

/// The message to show, if it is not empty; `None` if the page is about to be left.
type Outcome = Result<Option<String>, Error>;

/// An operation that can be tried again.
#[derive(Clone)]
pub struct Operation(SendWrapper<Rc<dyn Fn() -> LocalBoxFuture<'static, Outcome>>>);

impl<F: AsyncFn() -> Outcome + 'static> From<F> for Operation {
    fn from(operation: F) -> Self {
        let operation = Rc::new(operation);
        Self(SendWrapper::new(Rc::new(move || {
            let operation = Rc::clone(&operation);
            Box::pin(async move { operation().await })
        })))
    }
}

/// What the user has to confirm.
#[derive(Clone)]
pub struct Confirmation {
    pub heading: String,
    pub consequence: String,
    pub button: &'static str,
    pub operation: Operation,
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

    pub fn is_open(self) -> bool {
        self.confirmation.try_with_untracked(Option::is_some) == Some(true)
    }

    /// Runs the operation and closes the dialog. An error is shown in the dialog or, if that is not open, as a toast.
    pub async fn run(self, Operation(operation): Operation) {
        self.pending.set(true);
        self.error.set(None);
        let reply = operation().await;
        match reply {
            Ok(Some(result)) => {
                _ = self.confirmation.try_set(None);
                if !result.is_empty() {
                    self.toast.show(result);
                }
            }
            // The page is about to be left.
            Ok(None) | Err(Error::SessionEnded { .. }) => return,
            Err(error) if self.is_open() => self.error.set(Some(messages::error(&error))),
            Err(error) => self.toast.show(messages::error(&error)),
        }
        _ = self.pending.try_set(false);
    }
}

/// Whether what the request names does not exist any more.
pub fn is_not_found<T>(reply: &Result<T, Error>) -> bool {
    matches!(reply, Err(Error::Problem(problem)) if problem.code == ErrorCode::NotFound)
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
    let Confirmation { heading, consequence, button, .. } = confirmation.clone();
    show_modal("confirm", None);
    let run = move |_| {
        if !confirm.pending.get_untracked() {
            spawn_local(confirm.run(confirmation.operation.clone()));
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
