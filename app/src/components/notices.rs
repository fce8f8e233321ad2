//! What concerns every page: whether the server can be reached, and whether the person has changed.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::notice::Notice;
use crate::{
    client::{Connection, Status, Who, use_session},
    content::effect,
};

/// Says it at the foot of the window, where it moves nothing.
#[component]
pub fn Notices() -> impl IntoView {
    let session = use_session();
    let connection = session.connection();
    let is_lost = move || connection.get() != Connection::Online;
    let lost = move || is_lost().then_some("No connection at the moment. Trying again…");
    let newcomer = newcomer();
    view! {
        <div class="notices" role="status">
            <Notice class="lost" text=lost/>
            {move || newcomer().map(|name| view! { <p>"You are now logged in as " <strong>{name}</strong></p> })}
        </div>
    }
}

/// The name of somebody who has taken another person's place without a logout here, by a login in another tab; until
/// the next move to another page.
fn newcomer() -> impl Fn() -> Option<String> {
    let status = use_session().status();
    let path = use_location().pathname;
    let newcomer = RwSignal::new(None);
    let mut before = None;
    effect(move || {
        let now = (path.get(), status.with(Status::who));
        if let Some(before) = before.replace(now.clone()).filter(|before| *before != now) {
            newcomer.set(match (before.1, now.1) {
                (Who::Person { id: before, .. }, Who::Person { id, name }) if before != id => Some(name),
                _ => None,
            });
        }
    });
    move || newcomer.get()
}
