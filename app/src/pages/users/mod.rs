//! The users page, for administrators. The API checks the role; for other users this page shows the 403.

mod invite;
mod row;
mod state;

use leptos::{prelude::*, task::spawn_local};

use self::{invite::invitation, row::row, state::UsersState};
use crate::{
    components::{Buttons, ConfirmDialog, Fetched, LoadMore, ProtectedPage},
    leptos_ext::{ClientOnly, client_only_views, effect, element},
    messages::{self, messages},
    page_data::PageData,
};

#[component]
pub fn Users() -> impl IntoView {
    view! {
        <ProtectedPage title=messages().users.title layout="column" lead=messages().users.lead skeleton=page_skeleton>
            <Content/>
        </ProtectedPage>
    }
}

fn page_skeleton() -> impl IntoView {
    let skeleton = r#"<span class="skeleton as-search"></span><span class="skeleton as-entries"></span>"#;
    view! { <div aria-hidden="true" inner_html=skeleton></div> }
}

fn list_skeleton() -> impl IntoView {
    view! { <div aria-hidden="true" inner_html=r#"<span class="skeleton as-entries"></span>"#></div> }
}

#[component]
fn Content() -> impl IntoView {
    let state = UsersState::new();
    let has_mail = PageData::current().has_mail;
    let fetch = move || spawn_local(state.fetch());
    effect(fetch);
    view! {
        <input
            type="search"
            class="search"
            aria-label=messages().users.search
            placeholder=messages().users.search
            autocomplete="off"
            maxlength="254"
            dir="auto"
            hidden=state.is_forbidden()
            on:input=move |event| state.search(event_target_value(&event))
        />
        {client_only_views(move || invitation(&state))}
        <Fetched load=state.paging.load() retry=fetch skeleton=list_skeleton>
            <Buttons
                on_button=move |value: &str, id: &str| state.on_button(value, id)
                content=client_only_views(move || {
                    state.users.track();
                    Some(ClientOnly::of_element(move || {
                        let rows: Vec<_> = state.users.with_untracked(|users| {
                            users.iter().map(|user| row(user, state.is_own(&user.id), has_mail)).collect()
                        });
                        element("ol", &[("class", "entries"), ("role", "list")], &rows)
                    }))
                })
            />
            <LoadMore
                paging=state.paging
                button=messages().users.show_more
                fetch
                end=move || messages::end_of_users(state.users.with(Vec::is_empty)).to_owned()
            />
        </Fetched>
        <ConfirmDialog confirm=state.confirm/>
    }
}
