//! The account page: user, this session, and the forms to change the name and the password.

use std::time::Duration;

use leptos::{prelude::*, task::spawn_local};

use crate::{
    components::{
        DateTime, Fetched, Form, FormError, FormValues, Notice, PageLoad, PasswordField, ProtectedPage, Reauth,
        RowsSkeleton, TextField,
    },
    functions::change_name,
    leptos_ext::{ClientOnly, client_only_views, effect, live_text, reactive_text},
    messages::{self, messages},
};
use doorward::{Error, SessionHandle, use_session};
use doorward_api::{self as api, ChangePassword, ErrorCode};

#[component]
pub fn Account() -> impl IntoView {
    view! {
        <ProtectedPage title=messages().account.title skeleton=|| view! { <RowsSkeleton rows=3/> }>
            <Content/>
        </ProtectedPage>
    }
}

/// The account as fetched from the API.
#[derive(Clone, Copy)]
struct AccountState {
    session: SessionHandle,
    load: PageLoad,
    account: RwSignal<Option<api::Account>>,
}

impl AccountState {
    async fn fetch(self) {
        self.load.start();
        match self.session.get("/api/account").await {
            Ok(account) => {
                self.account.set(Some(account));
                self.load.finish();
            }
            Err(error) => self.load.fail(&error),
        }
    }

    /// Reads a part of the account, once it is loaded.
    fn read(self, part: impl Fn(&api::Account) -> String) -> Option<String> {
        self.account.with(|account| account.as_ref().map(part))
    }

    /// Updates the name wherever it is shown: on this page, and in the access token, which the header reads.
    async fn refresh_name(self) {
        self.fetch().await;
        _ = self.session.refresh().await;
    }
}

/// Fetched again on each visit, and dropped with the page or at logout.
#[component]
fn Content() -> impl IntoView {
    let state = AccountState { session: use_session(), load: PageLoad::idle(), account: RwSignal::new(None) };
    let fetch = move || spawn_local(state.fetch());
    effect(fetch);
    view! {
        <Fetched load=state.load retry=fetch skeleton=|| view! { <RowsSkeleton rows=3/> }>
            {client_only_views(move || state.account.get().map(|account| ClientOnly::new(move || view! { <User account/> })))}
        </Fetched>
        <CurrentSession/>
        <ChangeName state/>
        <ChangePasswordSection state/>
    }
}

#[component]
fn User(account: api::Account) -> impl IntoView {
    let roles = if account.roles.is_empty() { "None".to_owned() } else { account.roles.join(", ") };
    view! {
        <dl class="rows">
            <div><dt>"Name"</dt><dd>{account.name}</dd></div>
            <div><dt>"Email"</dt><dd>{account.email}</dd></div>
            <div><dt>"Roles"</dt><dd>{roles}</dd></div>
        </dl>
    }
}

/// The policy of this session, and when it ends.
#[component]
fn CurrentSession() -> impl IntoView {
    let status = use_session().status();
    let current = move || status.with(|status| status.session().cloned());
    let reauth: Reauth = expect_context();
    let left =
        move || reauth.seconds_left().map(|left| messages::duration(Duration::from_secs(left))).unwrap_or_default();
    let has_countdown = Memo::new(move |_| reauth.seconds_left().is_some());
    view! {
        <section>
            <h2>"This session"</h2>
            {client_only_views(move || current().map(|session| ClientOnly::new(move || view! {
                <p>{messages::policy(session.policy)}</p>
                <dl class="rows">
                    <div><dt>"Began"</dt><dd><DateTime at=session.created_at/></dd></div>
                    <div><dt>"Ends"</dt><dd><DateTime at=session.expires_at/></dd></div>
                    {client_only_views(move || has_countdown.get().then(|| ClientOnly::new(move || view! {
                        // A `timer` is not announced every second.
                        <div><dt>"Time left"</dt><dd><span role="timer">{live_text(left)}</span></dd></div>
                    })))}
                </dl>
            })))}
            <p class="aside">
                "See your " <a href="/sessions">"other devices"</a>
                " and " <a href="/activity">"security events"</a> "."
            </p>
        </section>
    }
}

#[component]
fn ChangeName(state: AccountState) -> impl IntoView {
    let is_changed = RwSignal::new(false);
    let change = async move |values: FormValues| {
        let reply = change_name(values.text("name")).await;
        is_changed.set(reply.is_ok());
        reply?;
        state.refresh_name().await;
        Ok(())
    };
    let current_name = move || state.read(|account| account.name.clone());
    view! {
        <section>
            <h2>"Change name"</h2>
            <Form button="Change name" on_submit=change>
                <TextField name="name" label="Name" autocomplete="name" value=current_name/>
            </Form>
            <div role="status">
                <Notice text=move || is_changed.get().then_some(messages().account.name_changed)/>
            </div>
        </section>
    }
}

#[component]
fn ChangePasswordSection(state: AccountState) -> impl IntoView {
    let session = use_session();
    let is_changed = RwSignal::new(false);
    let change = async move |values: FormValues| {
        let form = ChangePassword {
            current_password: values.text("current_password"),
            new_password: values.text("new_password"),
        };
        let reply = session.change_password(&form).await;
        is_changed.set(reply.is_ok());
        reply.map_err(form_error)
    };
    let email = reactive_text(move || state.read(|account| account.email.clone()));
    view! {
        <section>
            <h2>"Change password"</h2>
            <p>"Changing your password logs out your other devices."</p>
            <Form button="Change password" on_submit=change>
                // For password managers: the entry to update.
                <input hidden readonly autocomplete="username" value=email/>
                <PasswordField name="current_password" label="Current password"/>
                <PasswordField name="new_password" label="New password" is_new=true/>
            </Form>
            <div role="status">
                <Notice text=move || is_changed.get().then_some(messages().account.password_changed_result)/>
            </div>
        </section>
    }
}

/// Invalid credentials are an error of the current password here.
fn form_error(error: Error) -> FormError {
    match error {
        Error::Problem(problem) if problem.code == ErrorCode::InvalidCredentials => {
            FormError::of_field("current_password", messages().account.wrong_current_password)
        }
        _ => error.into(),
    }
}
