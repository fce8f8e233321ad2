//! The status bar of every page: connection loss, a change of user in another tab, and the session expiry warning.

use std::time::Duration;

use leptos::{prelude::*, task::spawn_local};

use super::{date_time::format_time, notice::Notice, reauth::ExpiryWarning, toast::ToastRegion};
use crate::{
    leptos_ext::{ClientOnly, client_only_views, effect},
    messages::{self, messages},
    router::use_location,
};
use doorward::{Connection, Error, Identity, Status, use_session};

/// Fixed at the bottom of the window, where it shifts no content.
#[component]
pub fn StatusBar() -> impl IntoView {
    let session = use_session();
    let connection = session.connection();
    let connection_lost = move || match connection.get() {
        Connection::Online => None,
        Connection::Unreachable { .. } if session.is_logout_pending() => {
            Some(messages().shell.logout_pending.to_owned())
        }
        Connection::InvalidResponse { status, .. } => Some(messages::error(&Error::InvalidResponse { status })),
        Connection::Unreachable { .. } if is_offline() => Some(messages().shell.offline.to_owned()),
        Connection::Unreachable { since } => Some(messages::unreachable(&format_time(&since.into()))),
    };
    let new_user = new_user();
    let is_lost = Memo::new(move |_| connection.get() != Connection::Online);
    view! {
        <div class="status-bar">
            <div role="status">
                <Notice class="status" text=connection_lost/>
                {client_only_views(move || is_lost.get().then(|| ClientOnly::new(try_now)))}
                <Notice class="status" text=move || new_user().map(|name| messages::user_changed(&name))/>
            </div>
            <ToastRegion/>
            <ExpiryWarning/>
        </div>
    }
}

/// Whether the device itself has no network.
fn is_offline() -> bool {
    !window().navigator().on_line()
}

/// The client sends nothing within a second of a failed attempt.
const MIN_DELAY: Duration = Duration::from_secs(1);

/// Skips the rest of the back-off.
fn try_now() -> impl IntoView {
    let session = use_session();
    let refresh = move || {
        if session.connection().try_get_untracked().is_some_and(|connection| connection != Connection::Online) {
            spawn_local(async move {
                _ = session.refresh().await;
            });
        }
    };
    let press = move |_| {
        refresh();
        set_timeout(refresh, MIN_DELAY);
    };
    view! { <button type="button" class="button" on:click=press>{messages().shell.try_now}</button> }
}

/// The name of the new user after a login in another tab has replaced the user of this page, until the next navigation.
fn new_user() -> impl Fn() -> Option<String> {
    let status = use_session().status();
    let path = use_location().pathname;
    let new_user = RwSignal::new(None);
    let mut previous = None::<(String, String)>;
    effect(move || {
        let path = path.get();
        match status.with(Status::identity) {
            Identity::User { id, name } => match previous.replace((path.clone(), id.clone())) {
                Some((old_path, old_id)) if old_path == path && old_id == id => {}
                Some((old_path, _)) if old_path == path => new_user.set(Some(name)),
                _ => new_user.set(None),
            },
            // May turn out to be the same user.
            Identity::Unknown => {}
            Identity::Anonymous => {
                previous = None;
                new_user.set(None);
            }
        }
    });
    move || new_user.get()
}
