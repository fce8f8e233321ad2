//! The person, this session, the name and the password.

use std::time::Duration;

use leptos::{prelude::*, task::spawn_local};

use crate::{
    components::{
        Fetched, Fetching, Form, Lapse, Notice, PasswordField, ProtectedPage, Refusal, RowBones, TextField, Typed, When,
    },
    content::{changing, effect},
    functions::change_name,
    private::{self, Private},
    words,
};
use doorward::{Error, SessionHandle, use_session};
use doorward_api::{self as api, ChangePassword, ErrorCode};

/// The account page.
#[component]
pub fn Account() -> impl IntoView {
    view! {
        <ProtectedPage title="Account" skeleton=|| view! { <RowBones rows=3/> }>
            <Everything/>
        </ProtectedPage>
    }
}

/// What the server says of the person.
#[derive(Clone, Copy)]
struct Known {
    session: SessionHandle,
    fetching: Fetching,
    account: RwSignal<Option<api::Account>>,
}

impl Known {
    async fn fetch(self) {
        self.fetching.again();
        match self.session.get("/api/account").await {
            Ok(account) => {
                self.account.set(Some(account));
                self.fetching.done();
            }
            Err(error) => self.fetching.failed(&error),
        }
    }

    /// A part of it, once it is known.
    fn part(self, part: impl Fn(&api::Account) -> String) -> Option<String> {
        self.account.with(|account| account.as_ref().map(part))
    }
}

/// What only the person may see. Fetched anew for each visit, and gone with the page or the person.
#[component]
fn Everything() -> impl IntoView {
    let known = Known { session: use_session(), fetching: Fetching::begin(), account: RwSignal::new(None) };
    let fetch = move || spawn_local(known.fetch());
    effect(fetch);
    view! {
        <Fetched state=known.fetching again=fetch skeleton=|| view! { <RowBones rows=3/> }>
            {private::changing(move || known.account.get().map(|account| Private::new(move || view! { <Rows account/> })))}
        </Fetched>
        <ThisSession/>
        <Name known/>
        <Password known/>
    }
}

/// Name, email and roles.
#[component]
fn Rows(account: api::Account) -> impl IntoView {
    let roles = if account.roles.is_empty() { "None".to_owned() } else { account.roles.join(", ") };
    view! {
        <dl class="rows">
            <div><dt>"Name"</dt><dd>{account.name}</dd></div>
            <div><dt>"Email"</dt><dd>{account.email}</dd></div>
            <div><dt>"Roles"</dt><dd>{roles}</dd></div>
        </dl>
    }
}

/// How this session behaves, and its end.
#[component]
fn ThisSession() -> impl IntoView {
    let status = use_session().status();
    let current = move || status.with(|status| status.session().cloned());
    let lapse: Lapse = expect_context();
    let left = move || lapse.left().map(|left| words::time(Duration::from_secs(left)));
    let is_counted = Memo::new(move |_| lapse.left().is_some());
    view! {
        <section>
            <h2>"This session"</h2>
            {private::changing(move || current().map(|session| Private::new(move || view! {
                <p>{words::policy(session.policy)}</p>
                <dl class="rows">
                    <div><dt>"Began"</dt><dd><When at=session.created_at/></dd></div>
                    <div><dt>"Ends"</dt><dd><When at=session.expires_at/></dd></div>
                    {private::changing(move || is_counted.get().then(|| Private::new(move || view! {
                        // Not for reading aloud every second.
                        <div><dt>"Time left"</dt><dd><span role="timer">{changing(left)}</span></dd></div>
                    })))}
                </dl>
            })))}
            <p class="aside">
                "See " <a href="/sessions">"where else you are logged in"</a>
                " and " <a href="/activity">"what happened lately"</a> "."
            </p>
        </section>
    }
}

/// Changes the name.
#[component]
fn Name(known: Known) -> impl IntoView {
    let is_changed = RwSignal::new(false);
    let change = async move |typed: Typed| {
        let reply = change_name(typed.text("name")).await;
        is_changed.set(reply.is_ok());
        reply?;
        show_new_name(known).await;
        Ok(())
    };
    let present = move || known.part(|account| account.name.clone());
    view! {
        <section>
            <h2>"Change name"</h2>
            <Form button="Change name" send=change>
                <TextField name="name" label="Name" autocomplete="name" value=present/>
            </Form>
            <div role="status">
                <Notice text=move || is_changed.get().then_some("Your name is changed.")/>
            </div>
        </section>
    }
}

/// Asks anew for whatever shows the person's name.
async fn show_new_name(known: Known) {
    known.fetch().await;
    // The token that the header shows has the old name.
    _ = known.session.refresh().await;
}

/// Changes the password.
#[component]
fn Password(known: Known) -> impl IntoView {
    let session = use_session();
    let is_changed = RwSignal::new(false);
    let change = async move |typed: Typed| {
        let form = ChangePassword {
            current_password: typed.text("current_password"),
            new_password: typed.text("new_password"),
        };
        let reply = session.post::<()>("/api/account/password").json(&form).await;
        is_changed.set(reply.is_ok());
        reply.map_err(refusal)
    };
    let email = changing(move || known.part(|account| account.email.clone()));
    view! {
        <section>
            <h2>"Change password"</h2>
            <p>"All your other sessions end with the old password."</p>
            <Form button="Change password" send=change>
                // For password managers, so that they change the right entry.
                <input hidden readonly autocomplete="username" value=email/>
                <PasswordField name="current_password" label="Current password"/>
                <PasswordField name="new_password" label="New password" is_new=true/>
            </Form>
            <div role="status">
                <Notice text=move || is_changed.get().then_some("Your password is changed. All your other sessions have ended.")/>
            </div>
        </section>
    }
}

/// Here, wrong credentials can only be the current password.
fn refusal(error: Error) -> Refusal {
    match error {
        Error::Problem(problem) if problem.code == ErrorCode::InvalidCredentials => {
            Refusal::of_field("current_password", "This is not your current password.")
        }
        _ => error.into(),
    }
}
