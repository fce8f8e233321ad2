//! Everybody with an account, for administrators: the server asks for the role, and says so to whoever lacks it.

use leptos::{prelude::*, task::spawn_local};

use crate::{
    components::{Fetched, ListBones, More, Paging, ProtectedPage, When},
    content::effect,
    private::{self, Private},
    words,
};
use doorward_api::{UserList, UserSummary};

/// The page of people.
#[component]
pub fn People() -> impl IntoView {
    let lead = "Everybody with an account, the newest first. Only administrators see this.";
    view! {
        <ProtectedPage title="People" layout="column" lead skeleton=|| view! { <ListBones/> }>
            <Everybody/>
        </ProtectedPage>
    }
}

#[derive(Clone, Copy)]
struct Directory {
    paging: Paging,
    people: RwSignal<Vec<UserSummary>>,
}

impl Directory {
    async fn fetch(self) {
        let Some(page) = self.paging.next::<UserList>("/api/admin/users").await else { return };
        let first = page.users.first().map(|first| first.id.clone());
        self.paging.came(page.before, first, words::more_people(page.users.len()));
        self.people.update(|people| people.extend(page.users));
    }
}

/// What only administrators may see.
#[component]
fn Everybody() -> impl IntoView {
    let directory = Directory { paging: Paging::begin(), people: RwSignal::new(Vec::new()) };
    let fetch = move || spawn_local(directory.fetch());
    effect(fetch);
    view! {
        <Fetched state=directory.paging.fetching() again=fetch skeleton=|| view! { <ListBones/> }>
            <div class="day">
                <ol role="list">{private::changing(move || {
                    directory.people.get().into_iter().map(row).collect::<Vec<_>>()
                })}</ol>
            </div>
            <More paging=directory.paging more="Show more people" again=fetch end=|| "That is everybody."/>
        </Fetched>
    }
}

/// One person.
fn row(person: UserSummary) -> Private {
    Private::new(move || {
        let standing = words::standing(&person);
        view! {
            <li id=person.id tabindex="-1" class=if person.disabled_at.is_some() { "alarming" } else { "" }>
                <p>{person.name} " · " {person.email}</p>
                <p class="where">{standing} " · account since " <When at=person.created_at/></p>
            </li>
        }
    })
}
