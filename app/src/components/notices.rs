//! What concerns every page: whether the server can be reached, and whether the person has changed.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::access::use_who;
use crate::client::{Connection, Who, use_session};

/// Says it at the foot of the window, where it moves nothing.
#[component]
pub fn Notices() -> impl IntoView {
    let session = use_session();
    let connection = session.connection();
    let is_lost = move || connection.get() != Connection::Online;
    let newcomer = newcomer();
    view! {
        <div class="notices" role="status">
            {move || is_lost().then(|| view! { <p>"No connection at the moment. Trying again…"</p> })}
            {move || newcomer().map(|name| view! { <p>"You are now logged in as " <strong>{name}</strong></p> })}
        </div>
    }
}

/// The name of somebody who has taken another person's place without a logout here, by a login in another tab; until
/// the next move to another page.
fn newcomer() -> impl Fn() -> Option<String> {
    let who = use_who();
    let path = use_location().pathname;
    let newcomer = RwSignal::new(None);
    Effect::new(move |before: Option<Option<String>>| {
        path.track();
        let now = match who.get() {
            Who::Person { id, name } => Some((id, name)),
            _ => None,
        };
        let is_another = before.flatten().zip(now.as_ref()).is_some_and(|(before, (id, _))| before != *id);
        newcomer.set(now.clone().filter(|_| is_another).map(|(_, name)| name));
        now.map(|(id, _)| id)
    });
    move || newcomer.get()
}
