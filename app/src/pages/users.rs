//! The users page, for administrators. The API checks the role; other users see its error here.

use leptos::{prelude::*, task::spawn_local};

use crate::{
    components::{DateTime, Fetched, ListSkeleton, LoadMore, Paging, ProtectedPage},
    leptos_ext::{ClientOnly, client_only_views, effect},
    messages::{self, messages},
};
use doorward_api::{UserList, UserSummary};

#[component]
pub fn Users() -> impl IntoView {
    view! {
        <ProtectedPage title=messages().users.title layout="column" lead=messages().users.lead skeleton=|| view! { <ListSkeleton/> }>
            <Content/>
        </ProtectedPage>
    }
}

#[derive(Clone, Copy)]
struct UsersState {
    paging: Paging,
    users: RwSignal<Vec<UserSummary>>,
}

impl UsersState {
    async fn fetch(self) {
        let Some(page) = self.paging.fetch::<UserList>("/api/admin/users").await else { return };
        let first = page.users.first().map(|first| first.id.clone());
        self.paging.loaded(page.before, first, messages::more_users(page.users.len()));
        self.users.update(|users| users.extend(page.users));
    }
}

#[component]
fn Content() -> impl IntoView {
    let state = UsersState { paging: Paging::idle(), users: RwSignal::new(Vec::new()) };
    let fetch = move || spawn_local(state.fetch());
    effect(fetch);
    view! {
        <Fetched load=state.paging.load() retry=fetch skeleton=|| view! { <ListSkeleton/> }>
            <div class="day">
                <ol role="list">{client_only_views(move || state.users.get().into_iter().map(row).collect::<Vec<_>>())}</ol>
            </div>
            <LoadMore paging=state.paging button=messages().users.show_more fetch end=|| messages().users.end/>
        </Fetched>
    }
}

fn row(user: UserSummary) -> ClientOnly {
    ClientOnly::new(move || {
        let summary = messages::user_summary(&user);
        view! {
            <li id=user.id tabindex="-1" class=if user.disabled_at.is_some() { "warning-row" } else { "" }>
                <p>{user.name} " · " {user.email}</p>
                <p class="where">{summary} " · "{messages().users.since}" " <DateTime at=user.created_at/></p>
            </li>
        }
    })
}
