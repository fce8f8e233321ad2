//! Logging in, and why the last session ended.

use leptos::prelude::*;

use crate::{
    components::{
        Form, FormBones, Guest, Lapse, Notice, Page, PasswordField, TabBound, TextField, Typed, at_time,
        is_loaded_again, use_next,
    },
    content::{changing, effect},
    words,
};
use doorward::{Status, use_session};
use doorward_api as api;

/// The login page.
#[component]
pub fn Login() -> impl IntoView {
    let session = use_session();
    let status = session.status();
    let lapse: Lapse = expect_context();
    let log_in = async move |typed: Typed| {
        let form = api::Login { email: typed.text("email"), password: typed.text("password") };
        lapse.note(&form.email);
        Ok(session.login(&form).await?)
    };

    let next = use_next();
    let other =
        move || changing(move || Some(next().map_or_else(|| "/register".to_owned(), |next| next.through("/register"))));
    let bound: TabBound = expect_context();
    // The server cannot know, so the first frame does not.
    let again = RwSignal::new(false);
    effect(move || again.set(is_loaded_again()));
    let ending = move || match status.get() {
        Status::Anonymous { end: Some(end) } => {
            let at = end.details.as_ref().map(|ended| at_time(&ended.at));
            Some(words::ending(&end, at.as_deref()))
        }
        Status::Anonymous { end: None } if again.get() => words::gone_with_page(bound).map(str::to_owned),
        _ => None,
    };

    view! {
        <Page title="Log in" for_guests=true>
            <div role="status"><Notice text=ending/></div>
            <Guest skeleton=|| view! { <FormBones fields=2/> }>
                <Form button="Log in" send=log_in>
                    <TextField name="email" label="Email" kind="email" autocomplete="username"/>
                    <PasswordField name="password" label="Password"/>
                </Form>
                <Notice class="hint" text=move || words::tab_bound(bound).filter(|_| !again.get())/>
                <p class="aside">
                    "New here? " <a href=other()>"Create account"</a>
                </p>
            </Guest>
        </Page>
    }
}
