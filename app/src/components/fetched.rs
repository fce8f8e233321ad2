//! What is fetched: bones in its place, then itself, or what went wrong.

use leptos::{either::Either, prelude::*};

use crate::{
    client::Error,
    content::{ContentFn, PrivateContent},
    words,
};

/// How far it has come.
#[derive(Clone, Debug, Default)]
pub enum Fetch {
    /// On its way.
    #[default]
    Pending,
    /// It did not come, and this is why.
    Failed(Error),
    /// It is here.
    Done,
}

/// Shows its children once they are here.
#[component]
pub fn Fetched(
    /// How far they have come.
    fetch: RwSignal<Fetch>,
    /// Fetches them anew.
    #[prop(into)]
    again: Callback<()>,
    /// Stands in until then.
    #[prop(into)]
    skeleton: ContentFn,
    /// What is shown then.
    children: PrivateContent,
) -> impl IntoView {
    let children = ContentFn::from(children);
    move || match fetch.get() {
        Fetch::Pending => Either::Left(skeleton.view()),
        Fetch::Done => Either::Left(children.view()),
        Fetch::Failed(error) => Either::Right(view! {
            <div class="notice wrong" role="alert">
                <p>{words::error(&error)}</p>
                <button type="button" class="quiet" on:click=move |_| again.run(())>"Try again"</button>
            </div>
        }),
    }
}
