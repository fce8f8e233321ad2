//! What concerns every page: whether the server can be reached, and whether the person has changed.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::{access::use_who, moment::time_of_day, notice::Notice};
use crate::{
    client::{Connection, Who, use_session},
    words,
};

/// Says it at the foot of the window, where it moves nothing.
#[component]
pub fn Notices() -> impl IntoView {
    let session = use_session();
    let connection = session.connection();
    let lost_since = move || match connection.get() {
        Connection::Online => None,
        Connection::Unreachable { since } => Some(time_of_day(since)),
    };
    let is_logout_pending = session.is_logout_pending();
    let newcomer = newcomer();
    view! {
        <div class="notices" role="status">
            <Notice class="" text=move || lost_since().map(words::unreachable)/>
            <Notice class="" text=move || is_logout_pending.get().then_some(words::LOGOUT_PENDING)/>
            <Notice class="" text=move || newcomer().map(|name| words::newcomer(&name))/>
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
            // They may still be there.
            Who::Unknown => return before.flatten(),
            Who::Nobody => None,
        };
        let is_another = before.flatten().zip(now.as_ref()).is_some_and(|(before, (id, _))| before != *id);
        newcomer.set(now.clone().filter(|_| is_another).map(|(_, name)| name));
        now.map(|(id, _)| id)
    });
    move || newcomer.get()
}
