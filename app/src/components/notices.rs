//! What concerns every page: whether the server can be reached, whether the person has changed, and whether the session is
//! about to end.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::{lapse::Warning, moment::time_of_day, notice::Notice};
use crate::{content::effect, words};
use doorward::{Connection, Identity, Status, use_session};

/// Says it at the foot of the window, where it moves nothing.
#[component]
pub fn Notices() -> impl IntoView {
    let session = use_session();
    let connection = session.connection();
    let lost = move || match connection.get() {
        Connection::Online => None,
        Connection::Unreachable { .. } if session.is_logout_pending() => Some(words::LOGOUT_PENDING.to_owned()),
        Connection::Unreachable { since } => Some(words::unreachable(&time_of_day(&since.into()))),
    };
    let newcomer = newcomer();
    view! {
        <div class="notices">
            <div role="status">
                <Notice class="lost" text=lost/>
                <Notice class="lost" text=move || newcomer().map(|name| words::newcomer(&name))/>
            </div>
            <Warning/>
        </div>
    }
}

/// The name of somebody who has taken another person's place without a logout here, by a login in another tab; until
/// the next move to another page.
fn newcomer() -> impl Fn() -> Option<String> {
    let status = use_session().status();
    let path = use_location().pathname;
    let newcomer = RwSignal::new(None);
    let mut before = None::<(String, String)>;
    effect(move || {
        let path = path.get();
        match status.with(Status::identity) {
            Identity::User { id, name } => match before.replace((path.clone(), id.clone())) {
                Some((page, person)) if page == path && person == id => {}
                Some((page, _)) if page == path => newcomer.set(Some(name)),
                _ => newcomer.set(None),
            },
            // They may still be there.
            Identity::Unknown => {}
            Identity::Anonymous => {
                before = None;
                newcomer.set(None);
            }
        }
    });
    move || newcomer.get()
}
