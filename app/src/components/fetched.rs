//! What is fetched: bones in its place, then itself, or what went wrong.

use std::sync::Arc;

use leptos::{either::Either, prelude::*};

use crate::{
    content::{ContentFn, PrivateContent},
    words,
};
use doorward::Error;
use doorward_api::ErrorCode;

/// How far it has come.
#[derive(Clone, Copy)]
pub struct Fetching {
    is_here: RwSignal<bool>,
    refusal: RwSignal<Option<Refused>>,
}

/// Why it did not come.
#[derive(Clone)]
struct Refused {
    why: String,
    /// Whether it may come another time.
    is_worth_a_try: bool,
}

impl Fetching {
    /// On its way.
    pub fn begin() -> Self {
        Self { is_here: RwSignal::new(false), refusal: RwSignal::new(None) }
    }

    /// On its way again, after it has failed.
    pub fn again(self) {
        self.refusal.set(None);
    }

    /// It is here.
    pub fn done(self) {
        self.is_here.set(true);
    }

    /// Whether its page is gone, and every signal of it: to read one would stop the program.
    pub fn is_gone(self) -> bool {
        self.is_here.is_disposed()
    }

    /// Whether it is here.
    pub fn is_done(self) -> bool {
        self.is_here.get_untracked()
    }

    /// It did not come.
    pub fn failed(self, error: &Error) {
        let is_forbidden = matches!(error, Error::Problem(problem) if problem.code == ErrorCode::Forbidden);
        self.refusal.set(Some(Refused { why: words::error(error), is_worth_a_try: !is_forbidden }));
    }
}

/// Shows its children once they are here.
#[component]
pub fn Fetched(
    /// How far they have come.
    state: Fetching,
    /// Fetches them anew.
    again: impl Fn() + Send + Sync + 'static,
    /// Stands in until then.
    #[prop(into)]
    skeleton: ContentFn,
    /// What is shown then.
    children: PrivateContent,
) -> impl IntoView {
    let again: Arc<dyn Fn() + Send + Sync> = Arc::new(again);
    let children = ContentFn::from(children);
    move || match state.refusal.get() {
        Some(Refused { why, is_worth_a_try }) => {
            let again = Arc::clone(&again);
            Either::Left(view! {
                <div class="notice wrong" role="alert">
                    <p>{why}</p>
                    <button type="button" class="quiet" hidden=!is_worth_a_try on:click=move |_| again()>"Try again"</button>
                </div>
            })
        }
        None => Either::Right(if state.is_here.get() { children.view() } else { skeleton.view() }),
    }
}
