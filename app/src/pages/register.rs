//! Creating an account.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::{
    api::{self, ErrorCode},
    client::{Error, Status, use_session},
    components::{Form, FormBones, Guest, Page, PasswordField, Refusal, TextField},
    return_path::ReturnPath,
    words,
};

/// The page for new accounts.
#[component]
pub fn Register() -> impl IntoView {
    let session = use_session();
    let status = session.status();
    let query = use_query_map();
    let next = Signal::derive(move || query.with(|query| ReturnPath::or_account(query.get_str("next"))));

    let register = Action::new_local(move |form: &api::Register| session.register(form.clone()));
    let outcome = move || register.value().with(|reply| Some(reply.as_ref()?.as_ref().map(|()| ()).map_err(refusal)));

    let heading =
        move || if status.with(|status| *status == Status::Unknown) { "One moment…" } else { "Create account" };

    view! {
        <div class="narrow">
            <Page title="Create account" heading=Signal::derive(heading)>
                <Guest skeleton=|| view! { <FormBones fields=3/> } next>
                    <Form
                        button="Create account"
                        pending=register.pending()
                        outcome=Signal::derive(outcome)
                        send=move |typed| {
                            register.dispatch_local(api::Register {
                                email: typed.text("email"),
                                password: typed.text("password"),
                                name: typed.text("name"),
                            });
                        }
                    >
                        <TextField name="name" label="Name" autocomplete="name"/>
                        <TextField name="email" label="Email" kind="email" autocomplete="username"/>
                        <PasswordField name="password" label="Password" is_new=true/>
                    </Form>
                    <p class="aside">
                        "You have an account? " <a href=move || next.get().through("/login")>"Log in"</a>
                    </p>
                </Guest>
            </Page>
        </div>
    }
}

/// A taken email is a matter of that field.
fn refusal(error: &Error) -> Refusal {
    match error {
        Error::Problem(problem) if problem.code == ErrorCode::EmailTaken => {
            Refusal::of_field("email", &words::error(error))
        }
        _ => Refusal::from(error),
    }
}
