//! Creating an account.

use leptos::prelude::*;

use crate::{
    components::{Form, FormBones, Guest, Lapse, Page, PasswordField, Refusal, TextField, Typed, use_next},
    content::changing,
    words,
};
use doorward::{Error, use_session};
use doorward_api::{self as api, ErrorCode};

/// The page for new accounts.
#[component]
pub fn Register() -> impl IntoView {
    let session = use_session();
    let lapse: Lapse = expect_context();
    let register = async move |typed: Typed| {
        let form =
            api::Register { email: typed.text("email"), password: typed.text("password"), name: typed.text("name") };
        lapse.note(&form.email);
        session.register(&form).await.map_err(refusal)
    };

    let next = use_next();
    let other =
        move || changing(move || Some(next().map_or_else(|| "/login".to_owned(), |next| next.through("/login"))));
    view! {
        <Page title="Create account" for_guests=true>
            <Guest skeleton=|| view! { <FormBones fields=3/> }>
                <Form button="Create account" send=register>
                    <TextField name="name" label="Name" autocomplete="name"/>
                    <TextField name="email" label="Email" kind="email" autocomplete="username"/>
                    <PasswordField name="password" label="Password" is_new=true/>
                </Form>
                <p class="aside">
                    "Already have an account? " <a href=other()>"Log in"</a>
                </p>
            </Guest>
        </Page>
    }
}

/// A taken email is a matter of that field.
fn refusal(error: Error) -> Refusal {
    match &error {
        Error::Problem(problem) if problem.code == ErrorCode::EmailTaken => {
            Refusal::of_field("email", &words::error(&error))
        }
        _ => error.into(),
    }
}
