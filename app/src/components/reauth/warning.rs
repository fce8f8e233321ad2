//! Warns shortly before the session expires and offers to log in again.

use leptos::prelude::*;
use web_sys::{ScrollIntoViewOptions, ScrollLogicalPosition};

use super::Reauth;
use crate::{
    components::notice::Notice,
    leptos_ext::{ClientOnly, client_only_views, effect, live_text},
    messages::{self, messages},
};
use doorward::use_session;
use doorward_api::Session;

/// In seconds before the expiry. A short session is warned about in its second half only.
const MAX_LEAD_TIME: u64 = 120;

/// The seconds are visible only; screen readers get a few announcements.
#[component]
pub fn ExpiryWarning() -> impl IntoView {
    let reauth: Reauth = expect_context();
    let status = use_session().status();
    let lead_time = Memo::new(move |_| status.with(|status| status.session().map_or(0, lead_time)));
    let left = move || reauth.seconds_left().filter(|left| *left <= lead_time.get());
    let is_visible = Memo::new(move |_| left().is_some());
    let announcement = move || left().map(|left| messages::expires_soon(left, lead_time.get()));
    // The warning must not cover what has the focus. The style keeps the end of the page above it.
    effect(move || {
        if is_visible.get()
            && let Some(focused) = document().active_element()
        {
            request_animation_frame(move || focused.scroll_into_view_with_scroll_into_view_options(&nearest()));
        }
    });
    view! {
        {client_only_views(move || is_visible.get().then(|| ClientOnly::new(move || view! {
            <section class="warning" aria-label=messages().reauth.warning_label on:focusin=move |event| reauth.on_warning_focus(&event)>
                <p aria-hidden="true">{live_text(move || left().map(messages::expires_in).unwrap_or_default())}</p>
                <button type="button" class="button" on:click=move |_| reauth.open_dialog()>{messages().reauth.log_in_again}</button>
            </section>
        })))}
        <div class="visually-hidden" role="status"><Notice text=announcement/></div>
    }
}

fn nearest() -> ScrollIntoViewOptions {
    let options = ScrollIntoViewOptions::new();
    options.set_block(ScrollLogicalPosition::Nearest);
    options
}

/// How many seconds before the expiry of this session the warning appears.
fn lead_time(session: &Session) -> u64 {
    let [created, expires] = [&session.created_at, &session.expires_at].map(|at| js_sys::Date::parse(at.as_str()));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole seconds; a session expires after it was created"
    )]
    let lifetime = ((expires - created) / 1000.0) as u64;
    MAX_LEAD_TIME.min(lifetime / 2)
}
