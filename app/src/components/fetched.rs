//! Content that is loaded from the API: a skeleton, then the content, or the error with a way to retry.

use std::sync::Arc;

use leptos::prelude::*;

use crate::{
    leptos_ext::{BoxedChildrenFn, ClientOnlyChildren, effect, erase, reactive_view},
    messages::{self, messages},
};
use doorward::{Connection, Error, use_session};
use doorward_api::ErrorCode;

/// The state of a page's data.
#[derive(Clone)]
enum LoadState {
    Idle,
    Loading,
    Ready,
    Failed { message: String, can_retry: bool },
}

/// Tracks the load of a page's data.
#[derive(Clone, Copy)]
pub struct PageLoad(RwSignal<LoadState>);

impl PageLoad {
    pub fn idle() -> Self {
        Self(RwSignal::new(LoadState::Idle))
    }

    /// Starts the first load or a retry. Data that is already on the page stays there during a reload.
    pub fn start(self) {
        if !self.is_ready() {
            self.0.set(LoadState::Loading);
        }
    }

    /// After a reload, the content updates itself through its own signals and is not rebuilt.
    pub fn finish(self) {
        if !self.is_ready() {
            self.0.set(LoadState::Ready);
        }
    }

    /// Retrying is offered unless the user lacks the role.
    pub fn fail(self, error: &Error) {
        let can_retry = !matches!(error, Error::Problem(problem) if problem.code == ErrorCode::Forbidden);
        self.0.set(LoadState::Failed { message: messages::error(error), can_retry });
    }

    /// False after the page has been left, too: a response may arrive then.
    pub fn is_ready(self) -> bool {
        self.0.try_with_untracked(|state| matches!(state, LoadState::Ready)).unwrap_or(false)
    }

    /// Whether the page has been left. Reading one of its signals would panic.
    pub fn is_disposed(self) -> bool {
        self.0.is_disposed()
    }
}

/// Tries a failed load again as soon as the server can be reached.
fn retry_when_online(load: PageLoad, retry: Arc<dyn Fn() + Send + Sync>) {
    let connection = use_session().connection();
    let mut was_online = true;
    effect(move || {
        let is_online = connection.get() == Connection::Online;
        let is_back = is_online && !was_online;
        was_online = is_online;
        if is_back && load.0.with_untracked(|state| matches!(state, LoadState::Failed { can_retry: true, .. })) {
            retry();
        }
    });
}

/// Shows its children once the data is loaded.
#[component]
pub fn Fetched(
    load: PageLoad,
    retry: impl Fn() + Send + Sync + 'static,
    /// Shown until the data is loaded.
    #[prop(into)]
    skeleton: BoxedChildrenFn,
    children: ClientOnlyChildren,
) -> impl IntoView {
    let retry: Arc<dyn Fn() + Send + Sync> = Arc::new(retry);
    retry_when_online(load, Arc::clone(&retry));
    let children = BoxedChildrenFn::from(children);
    reactive_view(move || {
        Some(match load.0.get() {
            LoadState::Failed { message, can_retry } => {
                let retry = Arc::clone(&retry);
                erase(move || {
                    view! {
                        <div class="notice error" role="alert">
                            <p>{message}</p>
                            <button type="button" class="quiet" hidden=!can_retry on:click=move |_| retry()>{messages().shell.try_again}</button>
                        </div>
                    }
                })
            }
            LoadState::Ready => children.view(),
            LoadState::Idle | LoadState::Loading => skeleton.view(),
        })
    })
}
