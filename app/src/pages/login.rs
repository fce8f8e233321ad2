//! Logging in, and why the last session ended.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::{
    api,
    client::{Status, use_session},
    components::{Form, FormBones, Guest, Page, PasswordField, Refusal, TextField},
    return_path::ReturnPath,
    words,
};

/// The login page.
#[component]
pub fn Login() -> impl IntoView {
    let session = use_session();
    let status = session.status();
    let query = use_query_map();
    let next = Signal::derive(move || query.with(|query| ReturnPath::or_account(query.get_str("next"))));

    let log_in = Action::new_local(move |form: &api::Login| session.login(form.clone()));
    let outcome =
        move || log_in.value().with(|reply| Some(reply.as_ref()?.as_ref().map(|()| ()).map_err(Refusal::from)));

    let heading = move || if status.with(|status| *status == Status::Unknown) { "One moment…" } else { "Log in" };
    let ending = move || match status.get() {
        Status::Anonymous { why } => why.map(words::ending),
        _ => None,
    };

    view! {
        <div class="narrow">
            <Page title="Log in" heading=Signal::derive(heading)>
                <div role="status">{move || ending().map(|why| view! { <p class="notice">{why}</p> })}</div>
                <Guest skeleton=|| view! { <FormBones fields=2/> } next>
                    <Form
                        button="Log in"
                        pending=log_in.pending()
                        outcome=Signal::derive(outcome)
                        send=move |typed| {
                            log_in.dispatch_local(api::Login {
                                email: typed.text("email"),
                                password: typed.text("password"),
                            });
                        }
                    >
                        <TextField name="email" label="Email" kind="email" autocomplete="username"/>
                        <PasswordField name="password" label="Password"/>
                    </Form>
                    <p class="aside">
                        "New here? " <a href=move || next.get().through("/register")>"Create account"</a>
                    </p>
                </Guest>
            </Page>
        </div>
    }
}
