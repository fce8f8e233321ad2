//! The line that says that the server cannot be reached.

use leptos::prelude::*;

use crate::client;

/// Says so, without moving the page, while the server cannot be reached.
#[component]
pub fn Connection() -> impl IntoView {
    let connection = client::use_session().connection();
    let is_lost = Memo::new(move |_| connection.get() != client::Connection::Online);
    view! {
        <div class="connection" role="status">
            {move || is_lost.get().then(|| view! { <p>"No connection at the moment. Trying again…"</p> })}
        </div>
    }
}
