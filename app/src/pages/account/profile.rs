//! The name, with its form in place of it, the email and the roles.

use leptos::{prelude::*, task::spawn_local};

use super::{AccountState, email::EmailRow, rows::row};
use crate::{
    components::{Draft, Fetched, Form, FormValues, RowsSkeleton, TextField, Toast, focus_on},
    functions::change_name,
    leptos_ext::{ClientOnly, ReactiveViews, client_only_views, live_text},
    messages::messages,
    passkeys,
};

#[component]
pub(super) fn Profile(state: AccountState) -> impl IntoView {
    let has_roles =
        state.session.status().with_untracked(|status| status.user().is_some_and(|user| !user.roles.is_empty()));
    let rows = 2 + usize::from(has_roles);
    view! {
        <section>
            <h2>{messages().account.profile}</h2>
            <Fetched
                load=state.load
                retry=move || spawn_local(state.fetch())
                skeleton=move || view! { <RowsSkeleton rows/> }
            >
                <dl class="rows">
                    <NameRow state/>
                    <EmailRow account=state/>
                    {roles(state)}
                </dl>
            </Fetched>
        </section>
    }
}

#[component]
fn NameRow(state: AccountState) -> impl IntoView {
    let draft = Draft::of_current_page();
    // The form is open again if the session ended while something was typed.
    let is_open = RwSignal::new(draft.text("name").is_some());
    let draft = StoredValue::new(draft);
    let close = move || {
        draft.with_value(|draft| draft.discard("name"));
        is_open.set(false);
        focus_on("edit-name".to_owned());
    };
    view! {
        <div>
            <dt>{messages().form.name}</dt>
            {client_only_views(move || {
                Some(if is_open.get() {
                    ClientOnly::new(move || view! { <dd><NameForm state close/></dd> })
                } else {
                    ClientOnly::new(move || view! { <Name state is_open/> })
                })
            })}
        </div>
    }
}

#[component]
fn Name(state: AccountState, is_open: RwSignal<bool>) -> impl IntoView {
    let open = move |_| {
        Toast::current().clear();
        is_open.set(true);
        focus_on("name".to_owned());
    };
    view! {
        <dd><span dir="auto">{live_text(move || state.read(name).unwrap_or_default())}</span></dd>
        <dd>
            <button
                type="button"
                class="quiet"
                id="edit-name"
                aria-label=messages().account.edit_name
                on:click=open
            >
                {messages().account.edit}
            </button>
        </dd>
    }
}

#[component]
fn NameForm(state: AccountState, close: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let toast = Toast::current();
    let change = async move |values: FormValues| {
        let name = values.text("name");
        change_name(name.clone()).await?;
        toast.show(messages().account.name_changed.to_owned());
        if !state.load.is_disposed() {
            state.account.update(|account| {
                if let Some(account) = account {
                    name.trim().clone_into(&mut account.name);
                }
            });
            close();
        }
        passkeys::sync(state.session);
        // The header reads the name from the access token.
        _ = state.session.refresh().await;
        Ok(())
    };
    view! {
        <Form button=messages().account.save on_submit=change on_cancel=close keeps_draft=true>
            <TextField name="name" label=messages().form.name autocomplete="name" value=move || state.read(name)/>
        </Form>
    }
}

/// Most users have no roles, and no such row.
fn roles(state: AccountState) -> ReactiveViews {
    let roles = move || state.read(|account| account.roles.clone()).unwrap_or_default();
    let chip = |role| ClientOnly::new(move || view! { <span class="badge">{role}</span> });
    let has_roles = Memo::new(move |_| !roles().is_empty());
    let chips = move || client_only_views(move || roles().into_iter().map(chip));
    client_only_views(move || has_roles.get().then(|| row(messages().account.roles, chips())))
}

fn name(account: &doorward_api::Account) -> String {
    account.name.clone()
}
